import { Failure, RunFault } from '../../core/failure.ts';
import { type HideSecrets, hideSecrets } from '../../core/secret-text.ts';
import type { Clock, Log, Retry } from '../../run/ports.ts';
import { type Domain, readDomain } from './domain.ts';
import { classify, EndlessWork, resultCodes, type Trouble } from './failures.ts';
import {
  type ControllerAttempt,
  bindFault,
  improperFault,
  lostFault,
  overFault,
  sayTrouble,
  searchFault,
  unreachableFault,
} from './faults.ts';
import { type Controller, type LdapSettings } from './settings.ts';
import { type Connection, openConnection } from './connection.ts';

/** How long to wait for what, in milliseconds. */
export type LdapTimeouts = {
  readonly connect: number;
  /** For searches on an index. */
  readonly lookUp: number;
  /** For searches that may read the whole domain: AD works up to 120 s on a page (MaxQueryDuration). */
  readonly listing: number;
};

/** What the adapter is given to work with. */
export type LdapTools = {
  readonly log: Log;
  readonly clock: Clock;
  readonly retry: Retry;
  /** Aborted when the run is over: every search under way is given up, and none is begun any more. */
  readonly signal?: AbortSignal | undefined;
};

/** `listing` has the patience for searches that read the whole domain. */
export type Role = 'look-up' | 'listing';

// How many times the patience for one answer a piece of work may take, its pages together. Every answer may come just in
// time and the work never end: a page behind each page. A look-up has one page as a rule and hardly ever ten; a listing has
// one for a thousand users, which take a second, and may now and then take all of AD's two minutes.
const patienceForWork: Readonly<Record<Role, number>> = { 'look-up': 10, listing: 100 };

// A connection that lay idle longer than this is not trusted: firewalls drop them silently.
const longestIdleMs = 60_000;

/**
 * Signed-in connections to whichever controller answers. A connection that fails is thrown away and the work begins again on a new
 * one, perhaps to the next controller; the retry handed in says how often. A refused sign-in ends the run at once.
 */
export class Connections {
  readonly #controllers: readonly Controller[];
  readonly #settings: LdapSettings;
  readonly #hide: HideSecrets;
  readonly #timeouts: LdapTimeouts;
  readonly #tools: LdapTools;
  readonly #idle: { readonly connection: Connection; readonly since: number }[] = [];
  readonly #inUse = new Set<Connection>();
  #searches = 0;
  /** Index of the controller to try first. */
  #preferred = 0;
  #domain: Domain | undefined;
  #isClosed = false;
  /** Once a sign-in was refused nobody tries again: every try counts towards locking the account out. */
  #refused: RunFault | undefined;
  /** Connections are opened one after the other, so that a refusal stops those behind it. */
  #opening: Promise<unknown> = Promise.resolve();

  constructor(
    controllers: readonly Controller[],
    settings: LdapSettings,
    tools: LdapTools & { readonly timeouts: LdapTimeouts },
  ) {
    this.#controllers = controllers;
    this.#settings = settings;
    this.#hide = hideSecrets([settings.password], 'likely');
    this.#timeouts = tools.timeouts;
    this.#tools = tools;
    tools.signal?.addEventListener('abort', this.#giveUp);
  }

  /** Searches sent so far, a page counting as one. */
  searches(): number {
    return this.#searches;
  }

  /** The URL in use. */
  source(): string {
    return this.#controllers[this.#preferred]?.url ?? '';
  }

  /** The first connection, tried once per controller, without patience: a wrong setting should show at once. */
  async start(): Promise<Domain> {
    const connection = await this.#open('look-up');
    this.#giveBack('look-up', connection);
    return this.domain();
  }

  /** The domain the first connection found; later ones must find the same. */
  domain(): Domain {
    if (!this.#domain) throw new Error('no connection has been made yet');
    return this.#domain;
  }

  /** Runs the work on a connection of its own. It may run more than once and must bear that. Throws RunFault. */
  async use<T>(role: Role, work: (connection: Connection) => Promise<T>): Promise<T> {
    const limits = { met: 0, improper: 0 };
    try {
      return await this.#untilOver(this.#tools.retry(() => this.#once(role, work, limits)));
    } catch (error) {
      if (this.#isOver()) throw overFault(this.source());
      if (error instanceof Failure) throw lostFault(this.source(), error.message, error);
      throw error;
    }
  }

  /** Ends all connections. Never throws. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#tools.signal?.removeEventListener('abort', this.#giveUp);
    await this.#opening.catch(() => undefined);
    for (const connection of this.#inUse) connection.discard();
    await Promise.all(this.#idle.splice(0).map(({ connection }) => connection.close()));
  }

  #isOver(): boolean {
    return this.#tools.signal?.aborted === true;
  }

  /** Discards all connections, so that whatever waits on one rejects. */
  readonly #giveUp = (): void => {
    for (const connection of this.#inUse) connection.discard();
    for (const { connection } of this.#idle.splice(0)) connection.discard();
  };

  /** The promise, or a rejection as soon as the run is over: a retry may be asleep, which notices nothing. */
  #untilOver<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#tools;
    if (signal === undefined) return work;
    return new Promise((resolve, reject) => {
      const over = (): void => reject(overFault(this.source()));
      if (signal.aborted) over();
      signal.addEventListener('abort', over);
      void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', over));
    });
  }

  async #once<T>(role: Role, work: (connection: Connection) => Promise<T>, limits: Limits): Promise<T> {
    if (this.#isOver()) throw overFault(this.source());
    const connection = this.#takeIdle(role) ?? (await this.#openOrFail(role));
    this.#inUse.add(connection);
    try {
      const result = await inTime(work(connection), patienceForWork[role] * this.#patienceOf(role));
      this.#giveBack(role, connection);
      return result;
    } catch (error) {
      connection.discard();
      throw this.#sorted(error, connection, limits);
    } finally {
      this.#inUse.delete(connection);
    }
  }

  #takeIdle(role: Role): Connection | undefined {
    if (role === 'listing') return undefined;
    for (let kept = this.#idle.pop(); kept; kept = this.#idle.pop()) {
      if (!kept.connection.isLost() && this.#now() - kept.since < longestIdleMs) return kept.connection;
      kept.connection.discard();
    }
    return undefined;
  }

  #patienceOf(role: Role): number {
    return role === 'listing' ? this.#timeouts.listing : this.#timeouts.lookUp;
  }

  #giveBack(role: Role, connection: Connection): void {
    // Time-outs belong to the connection, so one opened for listings is not used for look-ups.
    if (this.#isOver()) connection.discard();
    else if (role === 'look-up' && !this.#isClosed) this.#idle.push({ connection, since: this.#now() });
    else void connection.close();
  }

  #now(): number {
    return this.#tools.clock.now().getTime();
  }

  /** In the middle of a run, no controller answering is something to wait for. */
  async #openOrFail(role: Role): Promise<Connection> {
    try {
      return await this.#open(role);
    } catch (error) {
      if (!(error instanceof RunFault) || error.code !== 'ad-unreachable') throw error;
      throw failureOf(error.message, { timedOut: false, cause: error });
    }
  }

  #open(role: Role): Promise<Connection> {
    const opened = this.#opening.catch(() => undefined).then(() => this.#openNow(role));
    this.#opening = opened;
    return opened;
  }

  async #openNow(role: Role): Promise<Connection> {
    if (this.#refused) throw this.#refused;
    if (this.#isClosed) throw new Error('the directory was closed');
    const attempts: ControllerAttempt[] = [];
    let cause: unknown;
    if (this.#isOver()) throw overFault(this.source());
    for (let step = 0; step < this.#controllers.length; step += 1) {
      const index = (this.#preferred + step) % this.#controllers.length;
      const controller = this.#controllers[index];
      if (!controller) break;
      try {
        const connection = await this.#openAt(controller, role);
        this.#preferred = index;
        return connection;
      } catch (error) {
        if (this.#isOver()) throw overFault(controller.url);
        attempts.push({ url: controller.url, trouble: this.#worthNext(error, controller) });
        cause = error;
      }
    }
    throw unreachableFault(attempts, cause);
  }

  async #openAt(controller: Controller, role: Role): Promise<Connection> {
    const { connect } = this.#timeouts;
    const { signal } = this.#tools;
    const connection = await openConnection(controller, this.#settings, {
      connect,
      answer: this.#patienceOf(role),
      signal,
    });
    this.#inUse.add(connection);
    try {
      const counted = { ...connection, search: this.#counting(connection) };
      const domain = await readDomain(counted);
      this.#domain ??= domain;
      if (domain.namingContext !== this.#domain.namingContext) throw differingFault(controller, domain, this.#domain);
      this.#tools.log.debug('ad-connected', { url: controller.url, transport: controller.transport, role });
      return counted;
    } catch (error) {
      connection.discard();
      throw error;
    } finally {
      this.#inUse.delete(connection);
    }
  }

  #counting(connection: Connection): Connection['search'] {
    return (base, options, controls) => {
      this.#searches += 1;
      return connection.search(base, options, controls);
    };
  }

  /** An error sorted, and what the server says in it without the password, which it has been told. */
  #told(error: unknown): Trouble {
    const trouble = classify(error);
    if (trouble.kind === 'unknown') return trouble;
    return trouble.kind === 'result'
      ? { ...trouble, text: this.#hide(trouble.text) }
      : { ...trouble, why: this.#hide(trouble.why) };
  }

  /** The trouble, when the next controller may do better; otherwise throws what ends the run. */
  #worthNext(error: unknown, controller: Controller): ControllerAttempt['trouble'] {
    const trouble = this.#told(error);
    if (trouble.kind === 'unknown') throw error;
    this.#tools.log.warn('ad-controller-not-usable', { url: controller.url, why: sayTrouble(trouble) });
    if (trouble.kind !== 'result' || isPassing(trouble)) return trouble;
    this.#refused = bindFault(controller.url, trouble, error);
    throw this.#refused;
  }

  /** What an error in the middle of the work means for the work. */
  #sorted(error: unknown, connection: Connection, limits: Limits): unknown {
    const trouble = this.#told(error);
    if (trouble.kind === 'unknown') return error;
    this.#tools.log.warn('ad-search-failed', { url: connection.controller.url, why: sayTrouble(trouble) });
    // As often as there are controllers, and once more: one that cannot speak does not learn it by waiting.
    if (trouble.kind === 'improper' && (limits.improper += 1) > this.#controllers.length)
      return improperFault(connection.controller.url, trouble.why, error);
    const isOutOfPatience = isLimit(trouble) && (limits.met += 1) > 1;
    if (trouble.kind === 'result' && !isPassing(trouble) && (isOutOfPatience || !isLimit(trouble)))
      return searchFault(this.#settings.base ?? this.domain().namingContext, trouble, error);
    // The next connection goes to the next controller, which matters most when this one hangs.
    const index = this.#controllers.indexOf(connection.controller);
    if (index === this.#preferred) this.#preferred = (index + 1) % this.#controllers.length;
    const timedOut = trouble.kind === 'unreachable' && trouble.timedOut;
    return failureOf(sayTrouble(trouble), { timedOut, cause: error });
  }
}

// Busy and unavailable pass. A session that lost its sign-in answers 1, a listing whose cookie was thrown away 53, 12 or 1.
const passingCodes = new Set<number>([
  resultCodes.operationsError,
  resultCodes.unavailableCriticalExtension,
  resultCodes.busy,
  resultCodes.unavailable,
  resultCodes.unwillingToPerform,
]);

function isPassing(trouble: Trouble): boolean {
  return trouble.kind === 'result' && passingCodes.has(trouble.code);
}

/** How often one piece of work has met a limit of a controller, and answers that were none. */
type Limits = { met: number; improper: number };

/** The work's result; a rejection when it is not over in time. Whoever gets that discards the connection, which ends the work. */
function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const tooLong = (): void => reject(new EndlessWork(`it was still going on after ${Math.ceil(ms / 1000)} s`));
    const timer = setTimeout(tooLong, ms);
    void work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

// A controller under load, or one with a tighter policy: another one, or the same once more, may do it. A search that is too
// much for AD would be so each time, and each try may take two minutes, so there is one.
const limitCodes = new Set<number>([
  resultCodes.timeLimitExceeded,
  resultCodes.sizeLimitExceeded,
  resultCodes.adminLimitExceeded,
]);

function isLimit(trouble: Trouble): boolean {
  return trouble.kind === 'result' && limitCodes.has(trouble.code);
}

function failureOf(
  message: string,
  { timedOut, cause }: { readonly timedOut: boolean; readonly cause: unknown },
): Failure {
  const code = timedOut ? 'timed-out' : 'unreachable';
  return new Failure({ code, scope: 'run', retry: 'later', effect: 'none' }, message, { cause });
}

function differingFault(controller: Controller, found: Domain, first: Domain): RunFault {
  return new RunFault(
    'ad-controllers-differ',
    `${controller.url} serves ${found.name}, not ${first.name} as the one before.`,
    {
      hint: 'Give controllers of one domain; run once per domain.',
    },
  );
}
