// A line plot as SVG, for growth curves in docs/: both axes logarithmic, so that cost in line with the rows is a straight
// line of slope one. A plotting library would bring a browser's worth of code for these few lines and labels.

export type Series = { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] };

export type Plot = {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  /** Dashed lines across: what was not to be passed. */
  readonly bounds?: readonly Series[];
};

const [width, height] = [640, 400];
const edge = { left: 76, right: 20, top: 44, bottom: 56 };
const colors = ['#1b6ac9', '#c2410c', '#15803d', '#7c3aed'];

/** The plot as a file of its own. Every value must be above zero. */
export function linePlot({ title, xLabel, yLabel, series, bounds = [] }: Plot): string {
  const points = [...series, ...bounds].flatMap((one) => one.points);
  const x = axisOf(
    points.map(([value]) => value),
    edge.left,
    width - edge.right,
  );
  const y = axisOf(
    points.map(([, value]) => value),
    height - edge.bottom,
    edge.top,
  );
  const path = (one: Series): string =>
    one.points.map(([a, b], index) => `${index === 0 ? 'M' : 'L'}${at(x, a)} ${at(y, b)}`).join(' ');
  const text = (place: string, label: string, more = ''): string => `<text ${place} ${more}>${escaped(label)}</text>`;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(`x="${edge.left}" y="22"`, title, 'font-size="14" font-weight="bold"'),
    ...x.ticks.flatMap((tick) => [
      `<path d="M${at(x, tick)} ${edge.top}V${height - edge.bottom}" stroke="#e2e2e2"/>`,
      text(`x="${at(x, tick)}" y="${height - edge.bottom + 18}"`, short(tick), 'text-anchor="middle"'),
    ]),
    ...y.ticks.flatMap((tick) => [
      `<path d="M${edge.left} ${at(y, tick)}H${width - edge.right}" stroke="#e2e2e2"/>`,
      text(`x="${edge.left - 8}" y="${at(y, tick) + 4}"`, short(tick), 'text-anchor="end"'),
    ]),
    text(`x="${(edge.left + width - edge.right) / 2}" y="${height - 14}"`, xLabel, 'text-anchor="middle"'),
    text(
      `transform="translate(18 ${(edge.top + height - edge.bottom) / 2}) rotate(-90)"`,
      yLabel,
      'text-anchor="middle"',
    ),
    ...bounds.flatMap((one) => [`<path d="${path(one)}" fill="none" stroke="#777" stroke-dasharray="6 4"/>`]),
    ...series.flatMap((one, index) => {
      const color = colors[index % colors.length] ?? '#000';
      return [
        `<path d="${path(one)}" fill="none" stroke="${color}" stroke-width="2"/>`,
        ...one.points.map(([a, b]) => `<circle cx="${at(x, a)}" cy="${at(y, b)}" r="3.5" fill="${color}"/>`),
      ];
    }),
    ...[...series, ...bounds].map((one, index) => {
      const isBound = index >= series.length;
      const color = isBound ? '#777' : (colors[index % colors.length] ?? '#000');
      const line = edge.top + 14 + 18 * index;
      const dash = isBound ? ' stroke-dasharray="6 4"' : '';
      return `<path d="M${edge.left + 10} ${line - 4}h22" stroke="${color}" stroke-width="2"${dash}/>${text(`x="${edge.left + 38}" y="${line}"`, one.name)}`;
    }),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

type Axis = {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
  readonly ticks: readonly number[];
};

/** From a power of ten to a power of ten. */
function axisOf(values: readonly number[], start: number, end: number): Axis {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))));
  return { from, to, start, end, ticks: Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)) };
}

function at({ from, to, start, end }: Axis, value: number): number {
  return Math.round((start + ((Math.log10(value) - from) / (to - from)) * (end - start)) * 10) / 10;
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`;
  return value >= 1e3 ? `${value / 1e3} k` : String(value);
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
