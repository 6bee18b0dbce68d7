// Search over files, functions and the text of sampled lines: words, of which each may be there with letters between.
// What it looks through is a script of its own (search.h), loaded when somebody is about to search.
(() => {
  const { element, key } = heatmap;
  const SHOWN = 30, OTHERS = 10; // results; of them at least so many places for what is not the project's, if it has any
  const KINDS = ['file', 'function', 'line'];

  // --- what is searched: things with { kind, text, lower, place, type, href, self, total }
  let things = null, samples = 0, more = 0, types = [];
  const waiting = [];
  heatmap.searchData = (data) => {
    ({ samples, more, types } = data);
    things = data.files.flatMap(([module, path, page, type, self, total, functions, lines]) => {
      const made = [{ kind: 0, text: module, place: path, type, href: page, self, total }];
      for (let i = 0; i < functions.length; i += 4)
        made.push({ kind: 1, text: functions[i], place: `${module}:${functions[i + 1]}`, type, href: `${page}#L${functions[i + 1]}`, self: functions[i + 2], total: functions[i + 3] });
      for (let i = 0; i < lines.length; i += 4)
        made.push({ kind: 2, text: lines[i + 3], place: `${module}:${lines[i]}`, type, href: `${page}#L${lines[i]}`, self: lines[i + 1], total: lines[i + 2] });
      return made;
    });
    for (const thing of things) thing.lower = thing.text.toLowerCase();
    for (const run of waiting.splice(0)) run();
  };

  // --- how well a word is found in a text: { score, at: positions }, or null
  const begins = (text, at) => at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]) || (/\p{Lu}/u.test(text[at]) && !/\p{Lu}/u.test(text[at - 1]));
  const whole = (word, { text, lower }) => {
    let best = null;
    for (let at = lower.indexOf(word), tries = 0; at >= 0 && tries < 8; at = lower.indexOf(word, at + 1), tries++) {
      const ends = at + word.length === lower.length || !/[\p{L}\p{N}_]/u.test(lower[at + word.length]);
      const score = 100 + (begins(text, at) ? 30 : 0) + (ends ? 15 : 0) - Math.min(at, 20) / 4;
      if (!best || score > best.score) best = { score, at: Array.from(word, (_, i) => at + i) };
    }
    return best;
  };
  const scattered = (word, { text, lower, kind }) => {
    if (kind === 2 && word.length < 3) return null;
    let end = -1;
    for (const letter of word) {
      end = lower.indexOf(letter, end + 1);
      if (end < 0) return null;
    }
    const at = []; // from the end back, which leaves out what was passed in vain
    for (let i = word.length - 1, k = end; i >= 0; i--, k--) {
      k = lower.lastIndexOf(word[i], k);
      at.unshift(k);
    }
    const span = end - at[0] + 1;
    if (span > (kind === 2 ? 1.5 : 3) * word.length + 2) return null;
    return { score: 60 - 3 * (span - word.length) + 8 * at.filter((k) => begins(text, k)).length, at };
  };
  const find = (words, thing) => {
    let score = 0;
    const marks = new Set();
    for (const word of words) {
      const found = whole(word, thing) ?? scattered(word, thing);
      if (!found) return null;
      score += found.score;
      for (const at of found.at) marks.add(at);
    }
    score += 10 * (2 - thing.kind) - Math.min(thing.text.length, 100) / 10;
    score += samples > 0 ? 20 * Math.sqrt(thing.self / samples) + 10 * Math.sqrt(thing.total / samples) : 0;
    return { thing, score, marks };
  };

  // The project's own comes first; what else there is keeps some places.
  const search = (query) => {
    const [, name, line] = /^(.*\S):(\d+)$/.exec(query.trim()) ?? [null, query, null]; // module:12
    const words = name.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return { found: [], all: 0 };
    const found = [];
    for (const thing of things) {
      if (line && thing.kind !== 0) continue;
      const one = find(words, thing);
      if (one) found.push(one);
    }
    found.sort((a, b) => (a.thing.type !== 0) - (b.thing.type !== 0) || b.score - a.score);
    const own = found.filter(({ thing }) => thing.type === 0).length;
    const shownOwn = Math.min(own, Math.max(SHOWN - OTHERS, SHOWN - (found.length - own)));
    return { found: [...found.slice(0, shownOwn), ...found.slice(own, own + SHOWN - shownOwn)], all: found.length, line };
  };

  // --- the field, and what it shows
  const marked = (text, marks) => {
    const pieces = [];
    for (let i = 0, from = 0; i <= text.length; i++) {
      if (i < text.length && marks.has(i) === marks.has(from)) continue;
      pieces.push(marks.has(from) ? element('mark', {}, text.slice(from, i)) : text.slice(from, i));
      from = i;
    }
    return pieces;
  };
  const percent = (part) => {
    const p = samples > 0 ? (100 * part) / samples : 0;
    return p >= 0.995 ? `${p.toFixed(1)} %` : p >= 0.0095 ? `${p.toFixed(2)} %` : part > 0 ? '<.01 %' : '';
  };

  // `up` leads from the page to the site's top: "", "../".
  heatmap.search = (up) => {
    let current = -1, isWanted = false, isMissing = false;
    const input = element('input', { type: 'search', placeholder: 'Search files, functions, code   /', ariaLabel: 'Search files, functions and code',
      role: 'combobox', ariaExpanded: 'false', ariaAutoComplete: 'list', autocomplete: 'off', spellcheck: false });
    const list = element('div', { id: 'found', role: 'listbox', ariaLabel: 'Found' });
    const words = element('output', {});
    const panel = element('div', { className: 'found', hidden: true }, words, list);
    input.setAttribute('aria-controls', 'found');

    const choose = (index) => {
      list.children[current]?.setAttribute('aria-selected', 'false');
      current = list.children.length > 0 ? (index + list.children.length) % list.children.length : -1;
      const option = list.children[current];
      if (!option) return input.removeAttribute('aria-activedescendant');
      option.setAttribute('aria-selected', 'true');
      input.setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({ block: 'nearest' });
    };
    const option = ({ thing, marks }, index, line) => {
      const made = element('a', { id: `found-${index}`, role: 'option', tabIndex: -1, href: up + thing.href + (line ? `#L${line}` : '') },
        element('span', {}, element(thing.kind === 2 ? 'code' : 'b', {}, ...marked(thing.text, marks)),
          element('small', {}, `${KINDS[thing.kind]} · ${thing.place}${line ? `:${line}` : ''} · ${types[thing.type]}`)),
        element('span', {}, percent(thing.self) || percent(thing.total)));
      made.setAttribute('aria-selected', 'false');
      made.title = `self ${percent(thing.self) || 0}, total ${percent(thing.total) || 0}`;
      return made;
    };
    const show = () => {
      const query = input.value;
      panel.hidden = query.trim() === '';
      input.ariaExpanded = String(!panel.hidden);
      if (panel.hidden || !things) {
        list.replaceChildren();
        words.textContent = panel.hidden ? '' : isMissing ? 'search-data.js, which belongs to this site, is not there' : 'Loading…';
        return;
      }
      const { found, all, line } = search(query);
      list.replaceChildren(...found.map((one, index) => option(one, index, line)));
      list.scrollTop = 0;
      words.textContent = all === 0 ? 'Nothing like that' : all > found.length ? `The first ${found.length} of ${all}` : `${all} found`;
      if (more > 0) words.textContent += `; of the sampled lines, the ${more} coolest are not searched`;
      choose(0);
    };
    const load = () => {
      if (isWanted) return;
      isWanted = true;
      waiting.push(show);
      document.head.append(element('script', { src: `${up}search-data.js`,
        onerror: () => { isMissing = true; show(); } }));
    };
    input.addEventListener('focus', load);
    input.addEventListener('input', show);
    input.addEventListener('keydown', (event) => {
      const moves = { ArrowDown: current + 1, ArrowUp: current - 1 };
      if (event.key in moves) choose(moves[event.key]);
      else if (event.key === 'Enter') list.children[current]?.click();
      else if (event.key === 'Escape') {
        input.value = '';
        show();
        input.blur();
      } else return;
      event.preventDefault();
    });
    const box = element('div', { className: 'search' }, input, panel);
    box.addEventListener('focusout', (event) => { panel.hidden = panel.hidden || !box.contains(event.relatedTarget); });
    input.addEventListener('focus', show);
    list.addEventListener('mousedown', (event) => event.preventDefault()); // the field keeps the focus; a click still is one
    key('/', 'search', () => input.focus());
    return box;
  };
})();
