// The script of a report: the theme, and a search for files. All else works without it.
'use strict';
(() => {
  const root = document.documentElement;
  const about = document.querySelector('.about');
  const make = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const isDark = () => (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const theme = make('button', { type: 'button', onclick: () => { root.dataset.theme = isDark() ? 'light' : 'dark'; } }, 'theme');

  const AT_MOST = 50;
  const files = [...document.querySelectorAll('section.file')].map((section) => ({
    id: section.id,
    name: section.querySelector('nav span').lastChild.textContent.replace(/^[ ›]+/, ''),
    path: section.querySelector('.path')?.textContent ?? '',
  }));
  const found = make('ul', { className: 'found' });
  const search = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = words.length === 0 ? [] : files.filter(({ name, path }) =>
      words.every((word) => `${name} ${path}`.toLowerCase().includes(word)));
    found.replaceChildren(...hits.slice(0, AT_MOST).map(({ id, name }) =>
      make('li', {}, make('a', { href: `#${id}` }, name))));
  };
  const input = make('input', { type: 'search', placeholder: 'Search files', ariaLabel: 'Search files', oninput: search });
  found.addEventListener('click', () => { input.value = ''; search(); });
  about.after(make('div', { className: 'about' }, make('div', { className: 'tools' }, input, theme), found));
})();
