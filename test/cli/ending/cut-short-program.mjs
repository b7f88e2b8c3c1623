// Run as a process of its own by last-catch.test.ts: has things to do should it be cut short, and then is.

const dist = new URL('../../../dist/', import.meta.url);
const { catchTheRest, whenCutShort } = await import(new URL('cli/ending/last-catch.js', dist).href);
const { Failure, RunFault } = await import(new URL('core/failure.js', dist).href);

const [way = ''] = process.argv.slice(2);

catchTheRest(2_000);
const says = (name) => () => Promise.resolve(void process.stdout.write(`${name}\n`));
whenCutShort(says('first'));
const takeOff = whenCutShort(says('taken off'));
if (way === 'task-fails') whenCutShort(() => Promise.reject(new Error('the task failed')));
if (way === 'task-throws') {
  whenCutShort(() => {
    throw new Error('the task failed');
  });
}
if (way === 'task-hangs') whenCutShort(() => new Promise(() => undefined));
if (way === 'second-error') {
  whenCutShort(() => {
    setImmediate(() => {
      throw new Error('the second error');
    });
    return new Promise(() => undefined);
  });
}
whenCutShort(says('last'));
takeOff();

const circle = new Error('a circle of causes');
circle.cause = circle;
const thrown = {
  fault: new RunFault('other-tenant', 'This is another tenant.', { hint: 'Sign in to the right one.', exitCode: 3 }),
  failure: new Failure({ code: 'unreachable', scope: 'run', retry: 'later', effect: 'none' }, 'No answer came.'),
  'no-error': undefined,
  circle,
  secret: new Error(`sign-in with ${process.env['AZURE_CLIENT_SECRET'] ?? ''} failed`),
};
const error = way in thrown ? thrown[way] : new Error('nobody catches this');
// Something is under way that would keep the process alive.
setInterval(() => undefined, 1000);
if (way === 'rejection') void Promise.reject(error);
else {
  setImmediate(() => {
    throw error;
  });
}
