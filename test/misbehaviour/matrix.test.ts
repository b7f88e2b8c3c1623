// The suite that plays a misbehaving tenant is only worth something when it really plays all of it.
import { describe, expect, it } from 'vitest';
import { planCell } from '../support/misbehaviour/cell.ts';
import { armed } from '../support/misbehaviour/dose.ts';
import { allCells, isLong, sampleOf } from '../support/misbehaviour/matrix.ts';
import { type Asked, httpKinds, itemsOf, ldapKinds, type Stage } from '../support/misbehaviour/request-kinds.ts';

const cells = allCells();

describe('the matrix', () => {
  it('has every kind of request, each with many misbehaviours, under names that are all different', () => {
    const kinds = new Set(cells.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([...Object.keys(httpKinds), ...ldapKinds].sort());
    for (const kind of kinds) {
      const names = new Set(cells.filter((cell) => cell.kind === kind).map(({ plays }) => plays.misbehaviour.name));
      expect([kind, names.size > 15]).toEqual([kind, true]);
    }
    expect(new Set(cells.map(({ name }) => name)).size).toBe(cells.length);
  });

  it('gives a sample of all kinds that takes no long time, the same for the same seed', () => {
    const sample = sampleOf(cells, 24, 5);
    expect(sample.length).toBe(24);
    expect(new Set(sample.map(({ kind }) => kind)).size).toBe(14);
    expect(sample.filter(isLong)).toEqual([]);
    expect(sampleOf(cells, 24, 5)).toEqual(sample);
    expect(sampleOf(cells, 24, 6)).not.toEqual(sample);
  });

  it('gives a cell the same chances for the same seed, whichever cells are played beside it', () => {
    const [cell] = cells;
    if (cell === undefined) throw new Error('there are no cells');
    expect(planCell(cell, 3)).toEqual(planCell(cell, 3));
    const plans = Array.from({ length: 400 }, (_, seed) => planCell(cell, seed));
    expect(new Set(plans.map(({ stage }) => stage))).toEqual(new Set(['plan', 'apply', 'verify']));
    expect(new Set(plans.map(({ wayOut }) => wayOut))).toEqual(new Set(['none', 'interrupt', 'stop-at']));
    expect(new Set(plans.map(({ goesOn }) => goesOn))).toEqual(new Set(['no', 'on', 'back']));
  });

  it('never leaves a run that is asked to wait for hours without a way out', () => {
    const waiting = cells.filter(({ plays }) => plays.misbehaviour.needsWayOut === true);
    expect(waiting.length).toBeGreaterThan(10);
    expect(waiting.map((cell) => planCell(cell, 1)).filter(({ wayOut }) => wayOut === 'none')).toEqual([]);
  });
});

describe('a dose', () => {
  it('lets some requests pass, and counts only those that were played', () => {
    let firsts = 0;
    const arm = armed({ kind: 'PATCH', misbehaviour: 'any', dose: 'first 3' }, { seed: 1, skip: 2 }, () => firsts++);
    expect([arm.take(), arm.take()]).toEqual([null, null]);
    const turns = [arm.take(), arm.take(), arm.take()];
    // Three are under way, so a fourth beside them is none of it.
    expect([turns.includes(null), arm.take()]).toEqual([false, null]);
    turns[0]?.over();
    const another = arm.take();
    expect(another).not.toBeNull();
    for (const turn of [turns[1], turns[2], another]) turn?.note();
    expect([arm.take(), arm.met(), firsts]).toEqual([null, 3, 1]);
  });
});

describe('a kind of request', () => {
  const id = '11677993-fc4d-8e09-4d54-afd3c10926dd';
  const asked = (
    stage: Stage,
    [method, path, body = '']: readonly string[],
    patched: readonly string[] = [],
  ): Asked => ({
    method: method ?? '',
    path: path ?? '',
    headers: {},
    body,
    stage,
    items: itemsOf(path ?? '', body),
    patched: new Set(patched),
  });
  const batch = (...urls: readonly string[]): string[] => {
    const requests = urls.map((url, at) => ({ id: String(at), method: 'GET', url }));
    return ['POST', '/v1.0/$batch', JSON.stringify({ requests })];
  };
  const kindsOf = (request: Asked): string[] =>
    Object.entries(httpKinds).flatMap(([name, { is, stages }]) =>
      is(request) && stages.includes(request.stage) ? [name] : [],
    );

  it.each([
    ['sign-in discovery', asked('plan', ['GET', '/tenant/v2.0/.well-known/openid-configuration'])],
    ['sign-in token', asked('apply', ['POST', '/tenant/oauth2/v2.0/token?client-request-id=x'])],
    ['organization', asked('verify', ['GET', '/v1.0/organization?$select=id,displayName'])],
    ['listing', asked('plan', ['GET', '/beta/users?$top=999&$select=id'])],
    ['next page', asked('plan', ['GET', '/beta/users?$top=999&$select=id&$skiptoken=NS54'])],
    ['organization, batch, roles', asked('plan', batch('/organization?$select=id', '/roleManagement/directory/x'))],
    ['guard reading', asked('apply', batch(`/users/${id}?$select=id`))],
    ['guard reading', asked('apply', ['GET', `/v1.0/users/${id}?$select=id`])],
    ['PATCH', asked('apply', ['PATCH', `/v1.0/users/${id}`, '{}'])],
    ['read-back', asked('apply', ['GET', `/v1.0/users/${id}?$select=id`], [id])],
    ['read-back', asked('verify', ['GET', `/v1.0/users?$filter=id%20in%20('${id}')&$top=999`])],
    ['recycle bin', asked('apply', ['GET', '/v1.0/directory/deletedItems/microsoft.graph.user?$top=999'])],
    ['', asked('plan', batch('/groups?$filter=mail%20in%20()'))],
  ])('is told from the others: %s', (names, request) => {
    expect(kindsOf(request).join(', ')).toBe(names);
  });
});
