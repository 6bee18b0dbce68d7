// What the scripts of both kinds of pages share: the theme, buttons, keys. Scripts only add: without them everything is
// there and works. The files of templates/ are one script in the site; this one comes first.
'use strict';

const heatmap = (() => {
  const root = document.documentElement;
  root.classList.add('scripted'); // before the page is there: a class that comes later is one more look at all of it

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

  const SVG = 'http://www.w3.org/2000/svg';
  const shape = (name, attributes, ...children) => {
    const made = document.createElementNS(SVG, name);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    made.append(...children);
    return made;
  };
  const top = document.currentScript.src.replace(/heatmap\.js$/, ''); // of the site

  // A key does what its button does. Nothing is taken from who types into a field or uses the browser's own keys.
  const keys = {};
  const meanings = new Map(); // of keys, in words
  const key = (name, meaning, press) => {
    keys[name] = press;
    meanings.set(name, meaning);
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input:not([type=radio]), select, textarea')) return;
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  const button = (text, name, press, meaning = text) => {
    const made = element('button', { type: 'button', onclick: press }, text);
    if (name) {
      key(name, meaning, press);
      if (meaning !== text) made.title = meaning;
      made.append(' ', element('kbd', {}, name));
      made.setAttribute('aria-keyshortcuts', name);
    }
    return made;
  };

  // What is shown is in the address: `#`, an anchor or nothing, then &key=value for each choice. Anchors: L12, L12-L18, or
  // an element's id. Keys: basis, thread, process, t (a range of time); on the page of a file through (a call), heat, unit,
  // scale, on the front page hottest, tree, files. A link to a line of the page keeps the choices, and one to another page
  // takes them along, but for those that mean only this page.
  const view = (() => {
    const ONLY_HERE = ['through', 'hottest', 'tree', 'files'];
    const told = [];
    let anchor = '', choices = new Map(), written = null;

    const read = (fragment) => {
      const parts = fragment.replace(/^#/, '').split('&');
      const decode = (text) => { try { return decodeURIComponent(text); } catch { return text; } };
      return {
        anchor: parts[0].includes('=') ? '' : decode(parts[0]),
        choices: new Map(parts.filter((part) => part.includes('=')).map((part) => {
          const at = part.indexOf('=');
          return [part.slice(0, at), decode(part.slice(at + 1))];
        })),
      };
    };
    const escape = (text) => encodeURIComponent(text).replace(/%(2C|3A|2F)/g, decodeURIComponent); // , : / are safe
    const fragment = (at, kept) => {
      const parts = [...kept].map(([key, value]) => `&${key}=${escape(value)}`);
      return at || parts.length > 0 ? `#${escape(at)}${parts.join('')}` : '';
    };
    const write = () => {
      written = fragment(anchor, choices);
      if (location.hash !== written) history.replaceState(history.state, '', written || location.pathname + location.search);
    };
    const tell = () => { for (const run of told) run(); };
    // The browser knows an element as the target only by an address that is nothing but its id.
    const aim = () => {
      const id = /^(L\d+)-L\d+$/.exec(anchor)?.[1] ?? anchor;
      if (id && location.hash !== `#${escape(id)}`) location.replace(`#${escape(id)}`);
      write();
    };

    addEventListener('hashchange', () => {
      if (location.hash === written) return;
      const next = read(location.hash);
      if (next.choices.size === 0) {
        anchor = next.anchor;
        write();
      } else {
        ({ anchor, choices } = next);
        aim();
      }
      tell();
    });
    for (const event of ['click', 'auxclick', 'contextmenu']) {
      document.addEventListener(event, (happened) => {
        const link = happened.target.closest?.('a[href]');
        if (!link || link.origin !== location.origin || link.pathname === location.pathname || !link.pathname.endsWith('.html')) return;
        link.hash = fragment(read(link.hash).anchor, [...choices].filter(([key]) => !ONLY_HERE.includes(key)));
      }, true);
    }
    ({ anchor, choices } = read(location.hash));
    addEventListener('load', aim); // only then is the browser done with the address itself

    return {
      get anchor() { return anchor; }, // "L12", "L12-L18", "stdlib", ""
      get: (key) => choices.get(key), // undefined: not chosen
      // { key: value, … }; null takes a choice back. Who subscribed is told.
      set(changes) {
        for (const [key, value] of Object.entries(changes)) {
          choices.delete(key);
          if (value !== null && value !== undefined && value !== '') choices.set(key, String(value));
        }
        write();
        tell();
      },
      // Goes to an anchor; the step does not become one of the history.
      go(to) {
        anchor = to;
        aim();
        tell();
      },
      subscribe(run) { told.push(run); },
    };
  })();

  // Of several buttons one is pressed, at first the one of that text, or the first: { text: meaning, … }. choose(meaning)
  // is told.
  const choice = (label, meanings, choose, pressed = Object.keys(meanings)[0]) => {
    const group = element('div', { className: 'choice', role: 'group', ariaLabel: label });
    const press = (chosen) => {
      for (const one of group.children) one.ariaPressed = String(one === chosen);
      choose(meanings[chosen.textContent]);
    };
    for (const text of Object.keys(meanings)) {
      const one = button(text, '', () => press(one));
      one.ariaPressed = String(text === pressed);
      group.append(one);
    }
    return group;
  };

  // How numbers look, and heat: as html.c and heat.c have them.
  const numbers = (() => {
    const FIGURE_SPACE = '\u2007';
    const share = (part, n) => (n ? (100 * part) / n : 0);
    return {
      thousands: (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ','),
      // In a column; in a sentence.
      percent: (part, n) => { const p = share(part, n); return part === 0 ? '' : p >= 0.995 ? p.toFixed(1) + FIGURE_SPACE : p >= 0.0095 ? p.toFixed(2) : '<.01'; },
      percentWord: (part, n) => { const p = share(part, n); return part === 0 ? '0' : p >= 0.995 ? p.toFixed(1) : p >= 0.0095 ? p.toFixed(2) : String(Number(p.toPrecision(1))); },
      heat(part, hottest) { // 0 to 8
        if (part === 0) return 0;
        const wanted = part < hottest ? 1 + Math.floor((7 * Math.log(part)) / Math.log(hottest)) : 8;
        return Math.min(wanted, 1 + Math.ceil(Math.log2(part)), 8);
      },
    };
  })();

  const isDark = () => (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const theme = store.get('pyheatmap-theme');
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme; // before anything is painted

  const themeButton = () => button('theme', 't', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    store.set('pyheatmap-theme', root.dataset.theme);
  });

  // All keys of the page, on a key of its own.
  const helpButton = () => {
    const dialog = element('dialog', { ariaLabel: 'Keys' });
    dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
    return button('keys', '?', () => {
      if (dialog.open) {
        dialog.close();
        return;
      }
      document.body.append(dialog);
      dialog.replaceChildren(element('h2', {}, 'Keys'), element('dl', {}, ...[...meanings].flatMap(([name, meaning]) =>
        [element('dt', {}, element('kbd', {}, name)), element('dd', {}, meaning)])),
      element('form', { method: 'dialog' }, element('button', {}, 'close')));
      dialog.showModal();
    });
  };

  // Runs when the page is there, if it is of that kind: "front", "file".
  const ready = (kind, run) => document.addEventListener('DOMContentLoaded', () => {
    if (document.body.classList.contains(kind)) run();
  });

  return { element, shape, top, key, keys, view, button, choice, numbers, themeButton, helpButton, ready };
})();
