// The filters of the front page: what the rows of the tree, the hottest functions and the hottest lines have of a thread, a
// process, a state, a range of time, added up from the lists of index.js (frontdata.h).
heatmap.ready('front', () => {
  const { element, shape, cells, numbers, front } = heatmap;
  const { rows } = front;
  if (rows.length === 0) return;
  const SHOWN = 10; // entries of a list
  const recorded = Number(document.querySelector('.tree').dataset.n);

  // --- data
  const take = (data) => {
    const table = cells.table(data.bins);
    for (const from = cells.read(data.cells); from.more();) table.take(from);
    return { ...data, cells: table.rows };
  };
  // Self and total of rows, functions and lines, one after the other.
  const count = (filter, own) => {
    const sums = cells.sum(own.cells, filter);
    const pair = (index) => ({ self: sums[2 * index] ?? 0, total: sums[2 * index + 1] ?? 0 });
    return {
      n: filters.samples(filter),
      rows: rows.map((_, index) => pair(index)),
      functions: own.functions.map((_, index) => pair(rows.length + index)),
      lines: own.lines.map((_, index) => pair(rows.length + own.functions.length + index)),
    };
  };

  // --- the tree and the table: numbers as they are, and others in their place
  const tableRows = new Map([...document.querySelectorAll('.files tbody tr')].map((row) => [row.querySelector('a').getAttribute('href'), row]));
  const places = rows.map((row) => {
    const [, self, total, bar] = row.children;
    const link = row.matches('p') ? row.querySelector('a') : null;
    const inTable = link && tableRows.get(link.getAttribute('href'));
    return { row: row.matches('summary') ? row.parentElement : row, cells: [self, total], bar, link, inTable,
      recorded: { self: self.textContent, total: total.textContent, bar: bar?.cloneNode(true), seen: inTable?.cells[2].textContent } };
  });
  const bar = ({ self, total }, n) => shape('svg', {}, ...[total, self].map((part) => shape('rect', { width: `${n ? (100 * part) / n : 0}%` })));
  const showPlace = (place, counts, n) => {
    const words = counts ? [counts.self, counts.total].map((part) => numbers.percent(part, n)) : [place.recorded.self, place.recorded.total];
    const drawn = counts ? bar(counts, n) : place.recorded.bar;
    place.row.hidden = Boolean(counts) && counts.total === 0;
    place.cells.forEach((cell, index) => { cell.textContent = words[index]; });
    place.bar?.remove();
    place.bar = drawn;
    if (drawn) place.cells[1].after(drawn);
    if (!place.inTable) return;
    place.inTable.hidden = place.row.hidden;
    [counts ? '' : place.recorded.seen, ...words].forEach((word, index) => { place.inTable.cells[2 + index].textContent = word; });
  };

  // --- the hottest: rows as hottest.c has them
  const lists = ['self', 'total'].flatMap((which) => [...document.querySelectorAll(`.by-${which} table`)]
    .map((table, index) => ({ which, kind: ['lines', 'functions'][index], body: table.tBodies[0], recorded: [...table.tBodies[0].children],
      note: element('small', { hidden: true }), table })));
  for (const { table, note } of lists) table.after(note);
  const linkTo = (place, line, text) => element('a', { href: `${places[place].link.getAttribute('href')}#L${line}` }, text);
  const typeOf = (place) => places[place].inTable.cells[1].textContent;
  const moduleOf = (place) => places[place].inTable.querySelector('a').textContent;
  const entry = {
    lines: ([place, line, name, text]) => [...(text ? [element('code', {}, text)] : []),
      element('small', {}, linkTo(place, line, `${moduleOf(place)}:${line}`), `${name ? ` in ${name}` : ''} · ${typeOf(place)}`)],
    functions: ([place, line, name]) => [linkTo(place, line, name), element('small', {}, `${moduleOf(place)}:${line} · ${typeOf(place)}`)],
  };
  const showList = (list, found, own) => {
    if (!found) {
      list.body.replaceChildren(...list.recorded);
      list.note.hidden = true;
      return;
    }
    const bySelf = found[list.kind].map((counts, index) => ({ ...counts, index })).sort((a, b) => b.self - a.self);
    const hottest = bySelf.sort((a, b) => b[list.which] - a[list.which]).slice(0, SHOWN).filter((one) => one[list.which] > 0);
    list.body.replaceChildren(...hottest.map((one) => element('tr', { className: `${list.which[0]}${numbers.heat(one[list.which], hottest[0][list.which])}` },
      ...['self', 'total'].map((which) => element('td', {}, numbers.percent(one[which], found.n))),
      element('td', {}, ...entry[list.kind](own[list.kind][one.index])))));
    // What is not in the data has no more than that, of whatever passes.
    const rest = own.rest[list.kind][list.which === 'self' ? 0 : 1];
    const least = hottest.length === SHOWN ? hottest.at(-1)[list.which] : 0;
    list.note.hidden = rest <= least;
    list.note.textContent = `Not looked at here: ${list.kind} with at most ${numbers.thousands(rest)} samples in the whole recording.`;
  };

  const show = (filter, own) => {
    const found = filter && count(filter, own);
    document.body.classList.toggle('filtered', Boolean(filter));
    places.forEach((place, index) => showPlace(place, found?.rows[index], found?.n));
    for (const list of lists) showList(list, found, own);
    front.sortAgain();
    return found ? found.n : recorded;
  };

  const filters = heatmap.filters({ key: '', callback: 'sums', recorded, take, show,
    place: (button) => document.querySelector('.brand').lastElementChild.before(button), begin() {}, choose: () => false, words: () => [],
    limits: () => ['files that were never active are not listed', 'the bar of states and the processes are of the whole recording'],
    tooMuch: 'There were too many different stacks for filters here; the pages of files have their own.' });
});
