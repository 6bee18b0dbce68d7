// Only adds: without it everything is there and works.
'use strict';

(() => {
  const root = document.documentElement;

  // Where storage is forbidden (some browsers, file:), choices last as long as the page.
  const store = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* not kept */ } },
  };

  const button = (text, pressed, onclick) => {
    const b = document.createElement('button');
    b.type = 'button';
    b.textContent = text;
    if (pressed !== null) b.setAttribute('aria-pressed', pressed);
    b.addEventListener('click', onclick);
    return b;
  };

  const theme = store.get('pyheatmap-theme');
  if (theme) root.dataset.theme = theme;
  const toggleTheme = () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    store.set('pyheatmap-theme', root.dataset.theme);
  };

  const tools = document.createElement('div');
  tools.className = 'tools';
  const keys = { t: toggleTheme };

  if (document.body.classList.contains('file')) {
    const heat = which => {
      document.body.classList.toggle('total-heat', which === 'total');
      self.setAttribute('aria-pressed', which === 'self');
      total.setAttribute('aria-pressed', which === 'total');
    };
    const self = button('self', true, () => heat('self'));
    const total = button('total', false, () => heat('total'));
    const hot = [...document.querySelectorAll('tr[class*=s]')].filter(r => /\bs[5-8]\b/.test(r.className));
    let at = -1;
    const go = step => {
      if (hot.length === 0) return;
      at = (at + step + hot.length) % hot.length;
      location.hash = hot[at].id;
    };
    keys.n = () => go(1);
    keys.N = () => go(-1);
    keys.s = () => heat(document.body.classList.contains('total-heat') ? 'self' : 'total');
    tools.append(self, total, button('next hot line', null, keys.n));
    document.querySelector('.bar').prepend(tools);
  } else {
    document.querySelector('.brand').after(tools);
  }
  tools.append(button('theme', null, toggleTheme));

  document.addEventListener('keydown', e => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.matches('input')) return;
    if (keys[e.key]) keys[e.key]();
  });
})();
