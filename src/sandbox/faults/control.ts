// Faults from outside, while the sandbox runs: GET, POST and DELETE /_practice/faults on the tenant's own address. Needs no
// token, like the sync cycle, and no fault ever strikes it.
import type { Faults } from './engine.ts';
import { type FaultScript, FaultScriptError } from './script.ts';
import type { HookAnswer, TenantRequest } from '../http/request-log.ts';

const path = '/_practice/faults';

/** Answers a request for the faults; undefined for any other request. */
export function answerFaultControl(request: TenantRequest, faults: Faults): HookAnswer {
  if (new URL(request.path, 'https://sandbox').pathname !== path) return undefined;
  switch (request.method) {
    case 'GET':
      break;
    case 'DELETE':
      faults.clear();
      break;
    case 'POST':
      try {
        faults.replace(JSON.parse(request.body) as FaultScript);
      } catch (error) {
        if (!(error instanceof FaultScriptError || error instanceof SyntaxError)) throw error;
        return { status: 400, body: { error: error.message } };
      }
      break;
    default:
      return { status: 405, headers: { Allow: 'GET, POST, DELETE' } };
  }
  return { status: 200, body: { script: faults.script(), counts: faults.counts() } };
}
