// What the scripts of both kinds of pages share: the theme, buttons, keys. Scripts only add: without them everything is
// there and works. The files of templates/ are one script in the site; this one comes first.
'use strict';

const heatmap = (() => {
  const root = document.documentElement;

  // Where storage is forbidden, choices last as long as the page.
  const store = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* not kept */ } },
  };

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  // A key does what its button does. Nothing is taken from who types into a field or uses the browser's own keys.
  const keys = {};
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input')) return;
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  const button = (text, key, press) => {
    const made = element('button', { type: 'button', onclick: press }, text);
    if (key) {
      keys[key] = press;
      made.append(' ', element('kbd', {}, key));
      made.setAttribute('aria-keyshortcuts', key);
    }
    return made;
  };

  // Of several buttons one is pressed: { text: meaning, … }. choose(meaning) is told.
  const choice = (label, meanings, choose) => {
    const group = element('div', { className: 'choice', role: 'group', ariaLabel: label });
    const press = (chosen) => {
      for (const one of group.children) one.ariaPressed = String(one === chosen);
      choose(meanings[chosen.textContent]);
    };
    for (const text of Object.keys(meanings)) {
      const one = button(text, '', () => press(one));
      one.ariaPressed = String(group.children.length === 0);
      group.append(one);
    }
    return group;
  };

  const isDark = () => (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const theme = store.get('pyheatmap-theme');
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme; // before anything is painted

  const themeButton = () => button('theme', 't', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    store.set('pyheatmap-theme', root.dataset.theme);
  });

  // Runs when the page is there, if it is of that kind: "front", "file".
  const ready = (kind, run) => document.addEventListener('DOMContentLoaded', () => {
    if (document.body.classList.contains(kind)) run();
  });

  return { element, keys, button, choice, themeButton, ready };
})();
