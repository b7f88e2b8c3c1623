// Listings that lead astray, or nowhere.
import { altering, type Exchange, type Fields, type HttpMisbehaviour, isFields, json } from './exchange.ts';
import type { HttpKind } from '../request-kinds.ts';

const lists: readonly HttpKind[] = ['listing', 'next page', 'recycle bin', 'read-back', 'roles'];
const doses = ['once', 'always'] as const;

const nextLink = '@odata.nextLink';

/** Gives every list of the answer this link to its next page. */
const leading = (link: (exchange: Exchange, list: Fields) => unknown): HttpMisbehaviour['play'] =>
  altering(({ body }, exchange) =>
    isFields(body) && Array.isArray(body['value']) ? { body: { ...body, [nextLink]: link(exchange, body) } } : {},
  );

const version = ({ path }: Exchange['asked']): string => (path.startsWith('/beta') ? 'beta' : 'v1.0');

/** The question itself, once more; of a batch, the item's. */
function itself({ origin, asked, kind }: Exchange): string {
  const item = [...(asked.items?.values() ?? [])].find((url) => url.startsWith(kind === 'roles' ? '/roleM' : '/'));
  return item === undefined ? `${origin}${asked.path}` : `${origin}/v1.0${item}`;
}

const mark = 'skiptoken=more-';

/**
 * The first page is the true one, perhaps with its rows; behind it come pages for ever, each by a link of its own, and each
 * with the same in it.
 */
function everNew(hasRows: boolean): HttpMisbehaviour['play'] {
  const firstPages = new WeakMap<object, Fields>();
  const linkAfter = (url: string, turn: number): string => {
    const plain = (url.split(/[?&]\$skiptoken=/, 1)[0] ?? url).replace(/#.*/, '');
    return `${plain}${plain.includes('?') ? '&' : '?'}$${mark}${turn}`;
  };
  const begin = leading((exchange, list) => {
    // One cell's throws are its own, so they name the cell.
    firstPages.set(exchange.throws, { ...list, value: hasRows ? list['value'] : [] });
    return linkAfter(itself(exchange), exchange.turn);
  });
  return (exchange) => {
    const first = firstPages.get(exchange.throws);
    const { asked, origin, turn } = exchange;
    if (first === undefined || !asked.path.includes(mark)) return begin(exchange);
    exchange.note();
    const body = JSON.stringify({ ...first, [nextLink]: linkAfter(`${origin}${asked.path}`, turn) });
    exchange.send({ status: 200, headers: json, body });
  };
}

export const pageMisbehaviours: readonly HttpMisbehaviour[] = [
  {
    name: 'foreign nextLink',
    on: lists,
    play: leading(({ elsewhere, asked }) => `${elsewhere}/${version(asked)}/users?$skiptoken=x`),
  },
  { name: 'circular nextLink', on: lists, doses: ['always'], play: leading(itself) },
  { name: 'nextLink to ever new empty pages', on: lists, also: ['next page'], doses: ['always'], play: everNew(false) },
  {
    name: 'nextLink to ever new pages of the same',
    on: lists,
    also: ['next page'],
    doses: ['always'],
    play: everNew(true),
  },
  {
    name: 'nextLink that differs behind its # alone',
    on: lists,
    doses: ['always'],
    play: leading((exchange) => `${itself(exchange)}#${exchange.turn}`),
  },
  { name: 'nextLink that is no link', on: lists, doses, play: leading(() => 'not a link') },
  { name: 'nextLink of another type', on: lists, doses, play: leading(() => 17) },
  { name: 'nextLink to a file', on: lists, doses, play: leading(() => 'file:///etc/passwd') },
  { name: 'nextLink without TLS', on: lists, doses, play: leading(({ origin }) => origin.replace('https', 'http')) },
  {
    name: 'value that is no list',
    on: lists,
    doses,
    play: altering(({ body }) =>
      isFields(body) && Array.isArray(body['value']) ? { body: { ...body, value: {} } } : {},
    ),
  },
];
