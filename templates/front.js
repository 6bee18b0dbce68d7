// The front page: search, another order for the tree and the table, and all of it in the address. heatmap.front has
// the rows of the tree in the order of the markup, and sortAgain() for who has put other numbers there.
heatmap.ready('front', () => {
  const { element, button, choice, search, themeButton, view } = heatmap;
  const tree = document.querySelector('.tree');
  const rows = [...document.querySelectorAll('.tree :is(p:not([aria-hidden]), summary)')]; // as they come, before they are sorted
  document.querySelector('.brand').append(...(tree ? [search('')] : []), themeButton());

  const remember = (key, value, usual) => view.set({ [key]: value === usual ? null : value });

  // --- the hottest by self or total: the page has both
  const radios = document.querySelectorAll('.radios input');
  for (const radio of radios) {
    if (view.get('hottest') === radio.value) radio.checked = true;
    radio.addEventListener('change', () => remember('hottest', radio.value, 'self'));
  }

  // --- the tree: sorted within each folder; the module types keep their order. By total is how they come at first.
  const number = (cell) => Number(cell.textContent.replace('<', '').trim() || 0);
  const folders = [...document.querySelectorAll('.tree details')];
  const asTheyCome = folders.map((folder) => [folder, [...folder.children].slice(1)]);
  const orders = {
    total: (row) => -number(row.children[2]),
    self: (row) => -number(row.children[1]),
    name: (row) => row.firstElementChild.textContent.toLowerCase(),
  };
  let treeBy = orders[view.get('tree')] ? view.get('tree') : 'total';
  const arrangeTree = () => {
    for (const [folder, entries] of asTheyCome) {
      const valued = entries.map((entry) => ({ entry, value: orders[treeBy](entry.matches('details') ? entry.firstElementChild : entry) }));
      valued.sort((a, b) => (a.value > b.value) - (a.value < b.value));
      folder.append(...valued.map(({ entry }) => entry));
    }
  };
  const sortTree = (by) => {
    treeBy = by;
    arrangeTree();
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
    tree.querySelector('h2').after(element('div', { className: 'tools' },
      button('open all', '', () => openAll(true)), button('close all', '', () => openAll(false)),
      choice('Sort', { 'by total': 'total', 'by self': 'self', 'by name': 'name' }, sortTree, `by ${treeBy}`)));
    if (treeBy !== 'total') arrangeTree();
  }

  // --- the table: by any column; numbers fall at first
  const table = document.querySelector('.files table');
  const tableRows = table ? [...table.tBodies[0].rows] : []; // as they come
  let [tableBy, falls] = [3, true];
  const arrangeTable = () => {
    const body = table.tBodies[0], column = tableBy;
    const isText = column < 2;
    const valued = tableRows.map((row) => ({ row, value: isText ? row.cells[column].textContent.toLowerCase() : number(row.cells[column]) }));
    valued.sort((a, b) => ((a.value > b.value) - (a.value < b.value)) * (falls ? -1 : 1));
    body.append(...valued.map(({ row }) => row));
    for (const [index, head] of [...table.rows[0].cells].entries()) {
      if (index === column) head.ariaSort = falls ? 'descending' : 'ascending';
      else head.removeAttribute('aria-sort');
    }
  };
  const sortTable = (column, descending) => {
    [tableBy, falls] = [column, descending];
    arrangeTable();
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
  heatmap.front = { rows, sortAgain() { arrangeTree(); arrangeTable(); } };
});
