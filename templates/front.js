// The front page: search, another order for the tree and the table, and all of it in the address.
heatmap.ready('front', () => {
  const { element, button, choice, search, themeButton, view } = heatmap;
  const tree = document.querySelector('.tree');
  document.querySelector('.brand').append(...(tree ? [search('')] : []), themeButton());

  // Filters that one brings along from the page of a file hold on the next one.
  const whole = document.querySelector('.whole');
  const brought = () => ['basis', 'process', 'thread', 't'].filter((key) => view.get(key));
  if (whole && brought().length > 0) {
    const note = element('p', { className: 'warn' }, `Numbers here are of the whole recording; pages of files are narrowed to ${
      brought().map((key) => `${key === 't' ? 'time' : key} ${view.get(key)}`).join(', ')}. `,
    button('show all', '', () => {
      view.set(Object.fromEntries(brought().map((key) => [key, null])));
      note.replaceWith(whole);
    }));
    whole.replaceWith(note);
  }

  const remember = (key, value, usual) => view.set({ [key]: value === usual ? null : value });

  // --- the hottest by self or total: the page has both
  const radios = document.querySelectorAll('.radios input');
  for (const radio of radios) {
    if (view.get('hottest') === radio.value) radio.checked = true;
    radio.addEventListener('change', () => remember('hottest', radio.value, 'self'));
  }

  // --- the tree: sorted within each folder; the module types keep their order. By total is how they come.
  const number = (cell) => Number(cell.textContent.replace('<', '').trim() || 0);
  const folders = [...document.querySelectorAll('.tree details')];
  const asTheyCome = folders.map((folder) => [folder, [...folder.children].slice(1)]);
  const orders = {
    total: () => 0,
    self: (row) => -number(row.children[1]),
    name: (row) => row.firstElementChild.textContent.toLowerCase(),
  };
  const sortTree = (by) => {
    for (const [folder, entries] of asTheyCome) {
      const valued = entries.map((entry) => ({ entry, value: orders[by](entry.matches('details') ? entry.firstElementChild : entry) }));
      valued.sort((a, b) => (a.value > b.value) - (a.value < b.value));
      folder.append(...valued.map(({ entry }) => entry));
    }
    remember('tree', by, 'total');
  };
  const openAll = (open) => {
    for (const folder of folders) folder.open = open;
  };
  const reveal = () => { // a module type that a link leads to
    const place = folders.find((folder) => folder.id && folder.id === view.anchor);
    if (place) place.open = true;
  };
  view.subscribe(reveal);
  reveal();
  if (tree) {
    const by = orders[view.get('tree')] ? view.get('tree') : 'total';
    tree.querySelector('h2').after(element('div', { className: 'tools' },
      button('open all', '', () => openAll(true)), button('close all', '', () => openAll(false)),
      choice('Sort', { 'by total': 'total', 'by self': 'self', 'by name': 'name' }, sortTree, `by ${by}`)));
    if (by !== 'total') sortTree(by);
  }

  // --- the table: by any column; numbers fall at first
  const table = document.querySelector('.files table');
  const sortTable = (column, descending) => {
    const body = table.tBodies[0];
    const isText = column < 2;
    const valued = [...body.rows].map((row) => ({ row, value: isText ? row.cells[column].textContent.toLowerCase() : number(row.cells[column]) }));
    valued.sort((a, b) => ((a.value > b.value) - (a.value < b.value)) * (descending ? -1 : 1));
    body.append(...valued.map(({ row }) => row));
    for (const [index, head] of [...table.rows[0].cells].entries()) {
      if (index === column) head.ariaSort = descending ? 'descending' : 'ascending';
      else head.removeAttribute('aria-sort');
    }
    remember('files', `${column}${descending ? '-' : ''}`, '3-');
  };
  if (table) {
    for (const [column, head] of [...table.rows[0].cells].entries()) {
      head.replaceChildren(button(head.textContent, '', () => {
        const isSorted = head.ariaSort !== null;
        sortTable(column, isSorted ? head.ariaSort === 'ascending' : column >= 2);
      }));
    }
    const wanted = /^([0-4])(-?)$/.exec(view.get('files') ?? '');
    if (wanted) sortTable(Number(wanted[1]), wanted[2] === '-');
  }
});
