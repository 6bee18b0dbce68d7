// The front page: the tree can be searched and sorted.
heatmap.ready('front', () => {
  const { element, keys, choice, themeButton } = heatmap;
  document.querySelector('.brand').append(themeButton());
  const tree = document.querySelector('.tree');
  if (!tree) return;

  // --- search: files whose module or file name has all the words, and what leads to them
  const files = [...tree.querySelectorAll('p.row a')].map((link) => ({
    row: link.parentElement,
    words: `${link.textContent} ${decodeURIComponent(link.getAttribute('href')).replace(/^.*\//, '')}`.toLowerCase(),
  }));
  const folders = [...tree.querySelectorAll('details')];
  let before = null; // which folders were open before the search
  const found = element('output', {});
  const search = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    before ??= folders.map((folder) => folder.open);
    let n = 0;
    for (const file of files) {
      file.row.hidden = !words.every((word) => file.words.includes(word));
      if (!file.row.hidden) n++;
    }
    for (const [index, folder] of folders.entries()) {
      const some = words.length > 0 && folder.querySelector('p.row:not([hidden])') !== null;
      folder.hidden = words.length > 0 && !some;
      folder.open = words.length > 0 ? some : before[index];
    }
    if (words.length === 0) before = null;
    found.textContent = words.length > 0 ? `${n} of ${files.length} files` : `${files.length} files`;
  };
  const input = element('input', { type: 'search', placeholder: 'Search files   /', ariaLabel: 'Search files', oninput: search });
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    input.value = '';
    search();
    input.blur();
  });
  keys['/'] = () => input.focus();

  // --- sort: within each folder; the module types keep their order. By total is how they come.
  const asTheyCome = folders.map((folder) => [folder, [...folder.children].slice(1)]);
  const total = () => 0;
  const self = (row) => -Number(row.querySelector('.n').textContent.trim() || 0);
  const name = (row) => row.firstElementChild.textContent.toLowerCase();
  const sort = (by) => {
    for (const [folder, entries] of asTheyCome) {
      const valued = entries.map((entry) => ({ entry, value: by(entry.matches('details') ? entry.firstElementChild : entry) }));
      valued.sort((a, b) => (a.value > b.value) - (a.value < b.value));
      folder.append(...valued.map(({ entry }) => entry));
    }
  };

  search();
  before = null;
  tree.querySelector('h2').after(element('div', { className: 'tools' }, input, found,
    choice('Sort', { 'by total': total, 'by self': self, 'by name': name }, sort)));
});
