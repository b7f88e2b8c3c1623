import type { Failure } from '../../core/failure.ts';
import { stopping } from './failures.ts';

/**
 * The nextLink of a listing, fit to be followed with the token: a whole URL of this Graph and of the listing's version.
 * Throws a Failure that stops the run: who answers with anything else is not Graph, or means to lead elsewhere.
 */
export function checkedNextLink(link: string, of: { readonly graphUrl: string; readonly version: string }): string {
  const graph = new URL(of.graphUrl);
  const url = URL.canParse(link) ? new URL(link) : undefined;
  if (url === undefined) throw astray('which is no address');
  if (url.host !== graph.host) throw astray(`to another host, ${url.host}; the token is for ${graph.origin} alone`);
  if (url.protocol !== 'https:') throw astray(`by way of ${url.protocol} in place of https`);
  if (url.username !== '' || url.password !== '') throw astray('with an account in its address');
  const below = `${graph.pathname.replace(/\/$/, '')}/${of.version}/`;
  if (!url.pathname.startsWith(below)) throw astray(`out of ${below} to ${url.pathname.slice(0, 80)}`);
  // As it was understood here, so that nobody else understands it in another way.
  url.hash = '';
  return url.href;
}

function astray(where: string): Failure {
  return stopping(`The next page of Graph's answer leads astray, ${where}.`, {
    fault: 'foreign-host',
    code: 'unexpected',
    hint: 'Check --graph-url and --cloud, and whether a proxy answers in place of Graph.',
  });
}
