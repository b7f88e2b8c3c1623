// What a domain controller, or something in its place, can do to its client.
import {
  type Attribute,
  cookieOf,
  type Frame,
  message,
  moreToCome,
  octets,
  operations,
  result,
  tlv,
  withAttributes,
  withId,
} from './ldap-frames.ts';
import type { LdapExchange, LdapMisbehaviour } from './ldap-peer.ts';
import { type LdapKind, ldapKinds } from '../request-kinds.ts';

const searches: readonly LdapKind[] = ['LDAP search', 'LDAP page'];
const doses = ['once', 'always'] as const;

/** A GUID that nobody in the directory has. */
const strange = Buffer.alloc(16, 0x5a);

const answerTo = ({ operation }: Frame): number =>
  operation === operations.bind ? operations.bindAnswer : operations.done;

/** In place of each message of the answer, something else; the first time counts. */
function each(change: (frame: Frame, exchange: LdapExchange) => Buffer | null): LdapMisbehaviour['play'] {
  return (exchange) => {
    let isNoted = false;
    exchange.pass((frame) => {
      const changed = change(frame, exchange);
      if (!isNoted && (changed === null || !changed.equals(frame.bytes))) {
        isNoted = true;
        exchange.note();
      }
      return changed;
    });
  };
}

/** The first message of the answer is played with, and nothing comes after it. */
function first(play: (frame: Frame, exchange: LdapExchange) => void): LdapMisbehaviour['play'] {
  return (exchange) => {
    let isOver = false;
    exchange.pass((frame) => {
      if (isOver) return null;
      isOver = true;
      exchange.note();
      play(frame, exchange);
      return null;
    });
  };
}

/** Answers without asking the controller. */
const instead =
  (answer: (request: Frame) => Buffer): LdapMisbehaviour['play'] =>
  ({ request, client, note }) => {
    note();
    client.write(answer(request));
  };

const entries = (change: (frame: Frame, exchange: LdapExchange) => Buffer): LdapMisbehaviour['play'] =>
  each((frame, exchange) => (frame.operation === operations.entry ? change(frame, exchange) : frame.bytes));

type Values = readonly Buffer[];

const withGuids =
  (change: (values: Values) => Values, name: string) =>
  (frame: Frame): Buffer => {
    let isThere = false;
    const changed = withAttributes(frame, (attributes) =>
      attributes.map((attribute) => {
        isThere ||= attribute.name === name;
        return attribute.name === name ? { ...attribute, values: change(attribute.values) } : attribute;
      }),
    );
    return isThere ? changed : frame.bytes;
  };

const guids = (change: (values: Values) => Values, name = 'objectGUID'): LdapMisbehaviour['play'] =>
  entries(withGuids(change, name));

/** Of one entry of each answer alone: what is wrong with all of them shows by their being alike. */
function guidOfOne(change: (values: Values) => Values, name = 'objectGUID'): LdapMisbehaviour['play'] {
  const played = new WeakSet<LdapExchange>();
  return entries((frame, exchange) => {
    const changed = played.has(exchange) ? frame.bytes : withGuids(change, name)(frame);
    if (!changed.equals(frame.bytes)) played.add(exchange);
    return changed;
  });
}

/** Entries of people only, told by the attribute that every one of them has. */
const people = (change: (attributes: readonly Attribute[]) => readonly Attribute[]): LdapMisbehaviour['play'] =>
  entries((frame) => {
    let isPerson = false;
    const changed = withAttributes(frame, (attributes) => {
      isPerson = attributes.some(({ name }) => name === 'objectGUID');
      return change(attributes);
    });
    return isPerson ? changed : frame.bytes;
  });

function drip(frame: Frame, { client }: LdapExchange): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at < frame.bytes.length - 1) client.write(frame.bytes.subarray(at, ++at));
  }, 300);
  client.once('close', () => clearInterval(timer));
}

/** A cookie that always leads to the same page. */
const cookieWithoutEnd: LdapMisbehaviour['play'] = (exchange) => {
  const { request, client, memory } = exchange;
  const page = memory.get('page');
  if (cookieOf(request)?.toString() === 'on and on' && page !== undefined) {
    exchange.note();
    for (const frame of page) client.write(withId(frame, request.id));
    return;
  }
  const seen: Frame[] = [];
  each((frame) => {
    const isEnd = frame.operation === operations.done && cookieOf(frame) !== null;
    const controls = isEnd ? moreToCome('on and on') : frame.controls;
    const bytes = isEnd ? message(frame.id, tlv(frame.operation, frame.content), controls) : frame.bytes;
    seen.push({ ...frame, controls, bytes });
    if (isEnd) memory.set('page', seen);
    return bytes;
  })(exchange);
};

const codes: readonly (readonly [name: string, code: number, ...more: Buffer[]])[] = [
  ['busy', 51],
  ['unavailable', 52],
  ['sizeLimitExceeded', 4],
  ['timeLimitExceeded', 3],
  ['operationsError', 1],
  ['unknown code 123', 123],
  ['referral', 10, tlv(0xa3, octets('ldap://elsewhere.example.test/DC=elsewhere'))],
];

/** RFC 4511 4.4.1. */
const disconnection = message(
  0,
  result(operations.extendedAnswer, 52, tlv(0x8a, Buffer.from('1.3.6.1.4.1.1466.20036'))),
);

export const ldapMisbehaviours: readonly LdapMisbehaviour[] = [
  {
    name: 'connection closed before the answer',
    on: ldapKinds,
    play: ({ client, note }) => {
      note();
      client.destroy();
    },
  },
  { name: 'connection closed after the question', on: ldapKinds, play: first((_frame, { client }) => client.end()) },
  { name: 'hang', on: ldapKinds, doses, isSlow: true, play: ({ note }) => note() },
  { name: 'drip', on: ldapKinds, doses, isSlow: true, play: first(drip) },
  {
    name: 'truncated message',
    on: ldapKinds,
    doses,
    play: first((frame, { client }) => client.end(frame.bytes.subarray(0, frame.bytes.length >> 1))),
  },
  {
    name: 'over-long length',
    on: ldapKinds,
    doses,
    isSlow: true,
    play: first(({ bytes }, { client }) =>
      client.write(Buffer.concat([Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]), bytes])),
    ),
  },
  {
    name: 'length of no end',
    on: ldapKinds,
    doses,
    isSlow: true,
    play: first(({ bytes }, { client }) => client.write(Buffer.concat([Buffer.from([0x30, 0x80]), bytes.subarray(2)]))),
  },
  {
    name: 'bytes that are no LDAP',
    on: ldapKinds,
    doses,
    isSlow: true,
    play: instead(() => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')),
  },
  {
    name: 'an answer without an operation',
    on: ldapKinds,
    doses,
    isSlow: true,
    play: instead(({ id }) => tlv(0x30, tlv(2, Buffer.from([id])))),
  },
  {
    name: 'an empty answer',
    on: ldapKinds,
    doses,
    isSlow: true,
    play: instead((request) => message(request.id, tlv(answerTo(request)))),
  },
  {
    name: 'message of another id',
    on: ldapKinds,
    doses,
    isSlow: true,
    play: each((frame) => withId(frame, frame.id + 1_000)),
  },
  {
    name: 'the answer to another question',
    on: ldapKinds,
    doses,
    isSlow: true,
    play: instead(({ id, operation }) =>
      message(id, result(operation === operations.bind ? operations.done : operations.bindAnswer, 0)),
    ),
  },
  ...codes.map(([name, code, ...more]): LdapMisbehaviour => ({
    name: `result ${name}`,
    on: ldapKinds,
    doses,
    play: instead((request) => message(request.id, result(answerTo(request), code, ...more))),
  })),
  {
    name: 'notice of disconnection',
    on: ldapKinds,
    doses,
    play: ({ client, note }) => {
      note();
      client.end(disconnection);
    },
  },
  {
    name: 'entries doubled',
    on: searches,
    doses,
    isBelievable: true,
    play: entries(({ bytes }) => Buffer.concat([bytes, bytes])),
  },
  {
    name: 'entries doubled with other objectGUIDs',
    on: searches,
    doses,
    play: entries((frame) => {
      let isPerson = false;
      const other = withAttributes(frame, (attributes) =>
        attributes.map((attribute) => {
          if (attribute.name !== 'objectGUID') return attribute;
          isPerson = true;
          return { ...attribute, values: attribute.values.map((value) => Buffer.from(value).fill(0x5a, 0, 4)) };
        }),
      );
      return isPerson ? Buffer.concat([other, frame.bytes]) : frame.bytes;
    }),
  },
  { name: 'two objectGUIDs', on: searches, doses, play: guids((values) => [strange, ...values]) },
  { name: 'two objectGUIDs in one entry', on: searches, doses, play: guidOfOne((values) => [strange, ...values]) },
  { name: 'one objectGUID of zeros', on: searches, doses, play: guidOfOne(() => [Buffer.alloc(16)]) },
  {
    name: 'one mS-DS-ConsistencyGuid of zeros',
    on: searches,
    doses,
    play: guidOfOne(() => [Buffer.alloc(16)], 'mS-DS-ConsistencyGuid'),
  },
  { name: 'objectGUIDs of zeros', on: searches, doses, play: guids(() => [Buffer.alloc(16)]) },
  {
    name: 'objectGUIDs of 15 bytes',
    on: searches,
    doses,
    play: guids((values) => values.map((value) => value.subarray(1))),
  },
  {
    name: 'objectGUIDs of 17 bytes',
    on: searches,
    doses,
    play: guids((values) => values.map((value) => Buffer.concat([value, value.subarray(0, 1)]))),
  },
  { name: 'objectGUIDs without bytes', on: searches, doses, play: guids(() => [Buffer.alloc(0)]) },
  { name: 'objectGUIDs without values', on: searches, doses, play: guids(() => []) },
  {
    name: 'two mS-DS-ConsistencyGuids',
    on: searches,
    doses,
    play: guids((values) => [strange, ...values], 'mS-DS-ConsistencyGuid'),
  },
  {
    name: 'mS-DS-ConsistencyGuids of zeros',
    on: searches,
    doses,
    play: guids(() => [Buffer.alloc(16)], 'mS-DS-ConsistencyGuid'),
  },
  {
    name: 'objectGUID;binary',
    on: searches,
    doses,
    play: people((attributes) =>
      attributes.map((one) => (one.name === 'objectGUID' ? { ...one, name: 'objectGUID;binary' } : one)),
    ),
  },
  {
    name: 'no objectGUID',
    on: searches,
    doses,
    play: people((attributes) => attributes.filter(({ name }) => name !== 'objectGUID')),
  },
  { name: 'entries without attributes', on: searches, doses, isBelievable: true, play: people(() => []) },
  {
    name: 'entries with objectGUID alone',
    on: searches,
    doses,
    isBelievable: true,
    play: people((attributes) => attributes.filter(({ name }) => name === 'objectGUID')),
  },
  {
    name: 'entries with every attribute twice',
    on: searches,
    doses,
    play: people((attributes) => [...attributes, ...attributes]),
  },
  { name: 'cookie without end', on: ['LDAP page'], doses: ['always'], play: cookieWithoutEnd },
  {
    name: 'pages without a control',
    on: ['LDAP page'],
    doses,
    play: each((frame) =>
      frame.operation === operations.done ? message(frame.id, tlv(frame.operation, frame.content)) : frame.bytes,
    ),
  },
];
