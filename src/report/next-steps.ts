import { isAny } from '../core/list.ts';
import { reasonsOf, type RunRecord } from '../core/result.ts';
import { commandLine } from './command-line.ts';
import type { Digest } from './digest.ts';
import { isAfterSync, isRollback, stageOf, timeToWrite } from './phrases.ts';

/** Something to do next: a sentence, and the command that does it where there is one. */
export type NextStep = { readonly text: string; readonly command?: string };

/** What a person can do now, the first thing first. Commands are complete, and quoted for this machine's shell. */
export function nextSteps(record: RunRecord, { detours }: Pick<Digest, 'detours'>): NextStep[] {
  switch (stageOf(record)) {
    case 'planned':
      return isRollback(record) ? afterRollbackPlan(record, detours) : afterPlan(record, detours);
    case 'applied':
      return afterApply(record);
    case 'verified':
      return afterVerify(record);
  }
}

function afterPlan({ summary, applications, limits }: RunRecord, detours: number): NextStep[] {
  const { ready, held } = summary.counts;
  const steps: NextStep[] = [];
  if (ready > 0) {
    steps.push({ text: 'Review the plan: report.html, or plan.csv.' });
    const time = timeToWrite({ rows: ready, detours }, applications);
    const text = `Apply exactly this plan, which takes ${time}:`;
    steps.push({ text, command: commandLine(['apply', summary.run, ...limits]) });
  }
  if (held > 0) {
    const when = ready > 0 ? 'Held rows stay as they are; to bring them in, fix them and' : 'Fix the held rows, then';
    steps.push({ text: `${when} plan again:`, command: commandLine(['plan', summary.input.path]) });
  }
  if (steps.length === 0) steps.push({ text: 'Nothing is left to do: every row is right already.' });
  return steps;
}

function afterRollbackPlan({ summary, applications, limits }: RunRecord, detours: number): NextStep[] {
  const rows = summary.counts.ready;
  if (rows === 0) return [{ text: 'Nothing can be set back; the rows say why.' }];
  return [
    { text: 'Review the plan: report.html, or plan.csv.' },
    {
      text: `Set back exactly these users, which takes ${timeToWrite({ rows, detours }, applications)}:`,
      command: commandLine(['apply', summary.run, ...limits]),
    },
  ];
}

// Not rejected for good: the same plan, sent again, can succeed.
const passing = new Set(['throttled', 'timed-out', 'unreachable', 'server-error']);

function afterApply(record: RunRecord): NextStep[] {
  const { summary, results } = record;
  const { counts } = summary;
  const { run } = summary;
  const steps: NextStep[] = [];
  const again =
    counts.rejected + counts.uncertain + counts.stale > 0 &&
    isAny(results ?? [], (result) => reasonsOf(result).some((reason) => passing.has(reason.code)));
  if (counts.notReached > 0) {
    steps.push({
      text: 'Go on where the run stopped, before the next sync cycle:',
      command: commandLine(['apply', run]),
    });
  } else if (again) {
    steps.push({ text: 'Try the refused rows once more:', command: commandLine(['apply', run]) });
  }
  steps.push({ text: whyReadBack(counts), command: commandLine(['verify', run]) });
  if (counts.stale + counts.held > 0 && !isRollback(record)) {
    steps.push({
      text: 'Fix the rows that are held or stale, then plan again:',
      command: commandLine(['plan', summary.input.path]),
    });
  }
  if (counts.applied + counts.already > 0 && !isRollback(record)) steps.push(lookAfterSync(run));
  if (counts.applied > 0 && !isRollback(record)) {
    steps.push({ text: 'Should it have been wrong, take it back:', command: commandLine(['rollback', run]) });
  }
  return steps;
}

function whyReadBack({ uncertain, differs, missing }: RunRecord['summary']['counts']): string {
  if (uncertain > 0) return 'Read the uncertain users back:';
  // Settled rows are not written again by an apply: Graph has said that it was done.
  if (differs + missing > 0) return 'Read once more what does not read back as written; where that stays, plan again:';
  return 'Read everything back, now or later:';
}

// 204 and the right value are not the match: that is sync's doing, and it may refuse.
function lookAfterSync(run: string): NextStep {
  return {
    text: 'After the next sync cycle, see who was taken over:',
    command: commandLine(['verify', run, '--after-sync']),
  };
}

/** Users who may still be on the name of their detour are brought home by the apply that left them there. */
function homeFirst({ summary, results }: RunRecord): NextStep[] {
  const isAway =
    summary.counts.uncertain > 0 &&
    isAny(results ?? [], ({ row, outcome }) => row.detour !== null && outcome === 'uncertain');
  if (!isAway) return [];
  return [{ text: 'Bring home the users left on their detour:', command: commandLine(['apply', summary.run]) }];
}

function afterVerify(record: RunRecord): NextStep[] {
  const { summary } = record;
  const { counts } = summary;
  const { differs, missing, unreadable, held } = counts;
  if (isAfterSync(summary)) return afterTakeOver(record);
  if (differs + missing + unreadable === 0) {
    const again = commandLine(['plan', summary.input.path]);
    const steps: NextStep[] = [{ text: 'All that was read back is right.' }];
    if (held > 0) steps.push({ text: 'To bring in the held rows, fix them and plan again:', command: again });
    if (counts.matches > 0 && !isRollback(record)) steps.push(lookAfterSync(summary.run));
    return steps;
  }
  const steps = homeFirst(record);
  if (steps.length > 0) return steps;
  steps.push({ text: 'Look at the rows that differ, in report.html or verification.csv.' });
  if (unreadable > 0) steps.push({ text: 'Read again:', command: commandLine(['verify', summary.run]) });
  if (record.results === null && differs > 0 && counts.ready > 0) {
    steps.push({
      text: 'This plan has not been applied; to write it:',
      command: commandLine(['apply', summary.run]),
    });
  }
  if (differs + missing > 0) {
    steps.push({
      text: 'When their cause is known, plan again:',
      command: commandLine(['plan', summary.input.path]),
    });
  }
  return steps;
}

function afterTakeOver({ summary }: RunRecord): NextStep[] {
  const { counts } = summary;
  const { run } = summary;
  const steps: NextStep[] = [];
  if (counts.syncError > 0) steps.push({ text: 'Fix what the sync errors name; report.html has them row by row.' });
  if (counts.differs + counts.missing > 0) {
    steps.push({ text: 'Look at the rows that differ or are missing, in report.html or verification.csv.' });
  }
  if (counts.waiting + counts.syncError + counts.unreadable > 0) {
    steps.push({
      text: 'Look again after the next sync cycle:',
      command: commandLine(['verify', run, '--after-sync']),
    });
  }
  if (counts.held > 0) {
    const command = commandLine(['plan', summary.input.path]);
    steps.push({ text: 'To bring in the held rows, fix them and plan again:', command });
  }
  return steps.length > 0 ? steps : [{ text: 'Nothing is left to do: sync has taken every user over.' }];
}

/** A file of the run folder, with what it is for. */
export type RunFile = { readonly name: string; readonly purpose: string };

/** The files the run folder has at this stage, those for people first. */
export function runFiles(record: RunRecord): RunFile[] {
  const files: (RunFile | false)[] = [
    { name: 'report.html', purpose: 'all of it, for reading and printing' },
    { name: 'plan.csv', purpose: 'the plan, a line per row' },
    record.results !== null && { name: 'results.csv', purpose: 'what happened, a line per row' },
    record.verifications !== null && { name: 'verification.csv', purpose: 'expected and actual, a line per row' },
    { name: 'summary.json', purpose: 'the counts, for machines' },
    { name: 'plan.ndjson', purpose: 'the plan that apply takes' },
    record.results !== null && { name: 'journal.ndjson', purpose: 'every write, before and after' },
    record.verifications !== null && { name: 'verification.ndjson', purpose: 'what was read back, for machines' },
    { name: 'hardmatch.log', purpose: 'diagnostics' },
  ];
  return files.filter((file) => file !== false);
}
