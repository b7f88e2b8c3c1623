import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logEvents } from '../../src/log/events.ts';

const sources = join(import.meta.dirname, '../../src');
const logged = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => {
    const text = readFileSync(join(sources, file), 'utf8');
    return [...text.matchAll(/\blog\??\.(?:debug|info|warn|error)\(\s*(['"`])(.*?)\1/g)].map((call) => call[2] ?? '');
  });

describe('the event catalogue', () => {
  it('has every event that the sources log', () => {
    expect(logged.length).toBeGreaterThan(0);
    expect([...new Set(logged)].filter((event) => !(event in logEvents))).toEqual([]);
  });

  it('has none that nothing logs', () => {
    expect(Object.keys(logEvents).filter((event) => !logged.includes(event))).toEqual([]);
  });

  it.each(Object.entries(logEvents))('%s: kebab-case, and one sentence', (event, sentence) => {
    expect(event).toMatch(/^[a-z]+(-[a-z]+)+$/);
    expect(sentence).toMatch(/^[A-Z][^\n]*\.$/);
  });
});
