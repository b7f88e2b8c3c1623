/**
 * The one script of report.html: adds search, a filter by status and sorting to the table of all rows. The page is
 * complete without it. It makes elements and sets textContent, never markup; and it fetches nothing.
 */
export const pageScript = `
'use strict';
(() => {
  const table = document.getElementById('rows');
  const tools = document.getElementById('tools');
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row) => ({ row, text: row.textContent.normalize('NFC').toLowerCase(), words: row.dataset.status.split(' ') }));
  const format = (n) => n.toLocaleString('en-US');

  const search = document.createElement('input');
  search.type = 'search';
  search.placeholder = 'Search line, name, DN, ID, reason';
  search.setAttribute('aria-label', 'Search the rows');
  search.setAttribute('aria-controls', 'rows');

  const status = document.createElement('select');
  status.setAttribute('aria-label', 'Show rows by status');
  status.setAttribute('aria-controls', 'rows');
  const counts = new Map();
  for (const { words } of rows) for (const word of words) counts.set(word, (counts.get(word) || 0) + 1);
  status.append(new Option('Every status', ''));
  for (const [word, n] of counts) status.append(new Option(word + ' (' + format(n) + ')', word));

  const shown = document.createElement('output');
  tools.append(search, status, shown);

  const apply = () => {
    const terms = search.value.normalize('NFC').toLowerCase().split(/\\s+/).filter(Boolean);
    let n = 0;
    for (const { row, text, words } of rows) {
      const fits = (status.value === '' || words.includes(status.value)) && terms.every((term) => text.includes(term));
      row.hidden = !fits;
      if (fits) n += 1;
    }
    shown.textContent = n === rows.length ? '' : 'Showing ' + format(n) + ' of ' + format(rows.length) + ' rows';
  };
  let waiting;
  search.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); });
  status.addEventListener('change', apply);

  for (const tile of document.querySelectorAll('a[data-status]')) {
    tile.addEventListener('click', () => {
      if (!counts.has(tile.dataset.status)) return;
      search.value = '';
      status.value = tile.dataset.status;
      apply();
    });
  }

  const order = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
  Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending';
      for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const keyed = rows.map((entry) => ({ row: entry.row, key: entry.row.cells[column].textContent }));
      keyed.sort((a, b) => (down ? order.compare(b.key, a.key) : order.compare(a.key, b.key)));
      body.append(...keyed.map((entry) => entry.row));
    });
  });
})();
`;
