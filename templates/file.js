// A file's page: numbers and heat as they are chosen, the line that the address names, the whole file at a glance.
heatmap.ready('file', () => {
  const { element, shape, button, choice, numbers, themeButton, view, key } = heatmap;
  const code = document.querySelector('.code');
  const bar = document.querySelector('.bar');
  const recorded = { n: Number(code.dataset.n), self: Number(code.dataset.self), total: Number(code.dataset.total) };
  const seconds = Number(code.dataset.period) / 1e9; // a sample

  // --- what the markup says: counts are in the tooltips
  const count = (element) => Number.parseInt(element.title, 10) || 0;
  const rows = [...code.querySelectorAll('tr')].map((row) => {
    const self = row.firstElementChild.nextElementSibling, total = self.nextElementSibling, kind = row.className;
    const isSampled = kind !== '' && kind !== 'd'; // only such have heat
    return { row, line: Number(row.id.slice(1)), cells: { self, total }, definition: /\bd$/.test(kind) ? 'd' : '',
      self: isSampled ? count(self) : 0, total: isSampled ? count(total) : 0 };
  });
  const sampled = rows.filter(({ total }) => total > 0);
  const apart = [...document.querySelectorAll('.file header b, .code b')].map((cell) => ({ cell, samples: count(cell) }));
  const ofCell = new Map(apart.map((one) => [one.cell, one]));
  const callOf = (cell) => ({ cell, samples: count(cell), link: cell.previousElementSibling,
    line: Number(cell.closest('tr').id.slice(1)), caller: cell.parentElement.parentElement.className === 'i' });
  const calls = [...code.querySelectorAll('.i > li > b, .o > li > b')].map(callOf);
  const greatest = (counts, which) => counts.reduce((most, one) => Math.max(most, one[which]), 0);
  let most = { self: greatest(rows, 'self'), total: greatest(rows, 'total') }; // of this page, in what is shown
  let n = recorded.n;

  // --- how numbers look
  const { thousands, percentWord, heat: step } = numbers;
  const slow = most.total * seconds >= 10;
  const UNITS = {
    percent: {
      name: '%', of: () => `% of ${thousands(n)} samples`,
      word: (part) => percentWord(part, n), column: (part) => numbers.percent(part, n),
    },
    time: {
      name: slow ? 's' : 'ms', of: () => `${slow ? 's' : 'ms'} of ${(n * seconds).toFixed(2)} s`,
      word: (part) => (slow ? (part * seconds).toFixed(2) : (part * seconds * 1000).toFixed(seconds < 0.001 ? 1 : 0)),
      column: (part) => (part === 0 ? '' : UNITS.time.word(part)),
    },
    samples: {
      name: '', of: () => `of ${thousands(n)} samples`,
      word: (part) => thousands(part), column: (part) => (part === 0 ? '' : thousands(part)),
    },
  };
  const interval = (part) => { // Wilson's, as heat.c has it
    const z = 1.959964, p = part / n;
    const middle = p + (z * z) / (2 * n), reach = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n)), scale = 1 + (z * z) / n;
    return [part === 0 ? 0 : (middle - reach) / scale, part >= n ? 1 : (middle + reach) / scale];
  };
  const inSamples = (part) => `${part} sample${part === 1 ? '' : 's'}`;
  const tip = (part) => `${inSamples(part)} (95 %: ${interval(part).map((p) => percentWord(p, 1)).join('–')} %)`;

  // --- numbers and heat
  const chosen = { heat: 'self', unit: 'percent', scale: 'file' };
  let filtered = false, asRecorded = true;
  const steps = new Map(); // of the heat that is chosen, by row; what is not there is cold
  const paint = () => {
    const unit = UNITS[chosen.unit];
    const hottest = chosen.scale === 'recording' ? recorded : most;
    const plain = asRecorded && !filtered && chosen.unit === 'percent' && chosen.scale === 'file';
    steps.clear();
    for (const one of sampled) {
      const heat = { self: step(one.self, hottest.self), total: step(one.total, hottest.total) };
      steps.set(one, heat[chosen.heat]);
      if (plain) continue; // the markup says that already
      for (const which of ['self', 'total']) {
        const cell = one.cells[which], text = unit.column(one[which]);
        if (cell.textContent !== text) cell.textContent = text;
        if (filtered || cell.title) cell.title = one[which] === 0 ? '' : which === 'self' ? tip(one.self) : inSamples(one.total);
      }
      const kept = ['here', 'open'].filter((name) => one.row.classList.contains(name));
      one.row.className = [heat.self && `s${heat.self}`, heat.total && `t${heat.total}`, one.definition, ...kept].filter(Boolean).join(' ');
    }
    if (!plain) for (const { cell, samples } of apart) cell.textContent = unit.word(samples);
    asRecorded = plain || (asRecorded && !filtered && chosen.unit === 'percent' && chosen.scale === 'file');
    const [, self, total] = bar.querySelectorAll('.columns span');
    self.textContent = `self ${unit.name}`;
    total.textContent = `total ${unit.name}`;
    document.querySelector('.unit').textContent = unit.of();
    document.body.classList.toggle('total-heat', chosen.heat === 'total');
    document.body.classList.toggle('filtered', filtered);
    draw();
  };

  // Lines that have no samples as recorded may have some in another state: rows, and cold lines, whose numbers the style
  // sheet shows.
  const inAttribute = (anchor, name) => ({
    get textContent() { return anchor.dataset[name] ?? ''; },
    set textContent(text) { if (text) anchor.dataset[name] = text; else delete anchor.dataset[name]; },
  });
  const without = { self: 0, total: 0 };
  const alsoSampled = (line) => {
    const found = document.getElementById(`L${line}`);
    const one = rows.find(({ row }) => row === found) ?? (found && { row: found, line, definition: '',
      cells: { self: inAttribute(found, 'self'), total: inAttribute(found, 'total') } });
    if (!one) return;
    sampled.push(Object.assign(one, without, { recorded: without }));
    const fold = found.closest('details');
    if (fold) fold.open = true;
  };
  // A function's numbers, where it begins: a paragraph for each that has samples as recorded, in the order of functions.
  const headers = new Map();
  const functionHeaders = (counts) => {
    const recordedOnes = counts?.functions.filter(({ isRecorded }) => isRecorded) ?? [];
    for (const row of new Set(recordedOnes.map(({ line }) => document.getElementById(`L${line}`)))) {
      const paragraphs = [...row?.querySelectorAll(':scope > td > p') ?? []];
      const functions = recordedOnes.filter(({ line }) => row?.id === `L${line}`);
      for (const [index, paragraph] of paragraphs.entries()) {
        if (!headers.has(paragraph)) {
          const pair = ['self', 'total'].map(() => ({ cell: element('b', {}), samples: 0 }));
          const name = paragraph.firstChild?.nodeType === Node.TEXT_NODE ? paragraph.firstChild.data.replace(/(self|total) $/, '') : '';
          headers.set(paragraph, { pair, name, recorded: [...paragraph.childNodes] });
          apart.push(...pair);
        }
        const { pair, name } = headers.get(paragraph);
        const own = (paragraphs.length === functions.length && functions[index]) || without;
        for (const [which, one] of Object.entries({ self: pair[0], total: pair[1] })) {
          one.samples = own[which];
          one.cell.title = inSamples(own[which]);
        }
        paragraph.hidden = own.total === 0;
        paragraph.replaceChildren(name, 'self ', pair[0].cell, ' total ', pair[1].cell);
      }
    }
    for (const [paragraph, { recorded: nodes }] of counts ? [] : headers) {
      paragraph.hidden = false;
      paragraph.replaceChildren(...nodes);
    }
  };

  // What a tooltip says of a number: a call's or a part's is a share as well, of its function or of its line.
  const inWords = (cell, samples) => {
    const list = cell.closest('ul'), row = cell.closest('tr');
    if (cell.matches('td')) return cell.cellIndex === 1 ? tip(samples) : inSamples(samples);
    const whole = list && (list.className !== 'i' ? row.children[2] : [...list.previousElementSibling?.querySelectorAll('b') ?? []].at(-1));
    return whole && count(whole) > 0 ? `${inSamples(samples)}, ${percentWord(samples, count(whole))} %` : inSamples(samples);
  };
  // A large page says in its tooltips only numbers: the words are put to those of a row that one comes to.
  const tell = (row) => {
    for (const cell of row.querySelectorAll('[title]')) if (/^\d+$/.test(cell.title)) cell.title = inWords(cell, count(cell));
  };
  for (const event of ['pointerover', 'focusin']) {
    code.addEventListener(event, ({ target }) => { if (target.closest('tr')) tell(target.closest('tr')); });
  }

  // A call that was not on the page: its item has a link and a number, whose samples are in the tooltip.
  const addCall = (item) => {
    const cell = item.querySelector('b'), one = { cell, samples: count(cell) };
    apart.push(one);
    ofCell.set(cell, one);
    calls.push(callOf(cell));
    cell.textContent = UNITS[chosen.unit].word(one.samples);
    cell.title = inWords(cell, one.samples);
  };

  // Of a list of calls some have no samples: "+n" is of those that have, and how many others there are is not known.
  const shownOf = (list) => {
    let after = 0;
    for (const item of [...list.children].reverse()) {
      const isMore = item.className === 'm';
      if (isMore) {
        const link = item.firstElementChild;
        item.dataset.text ??= link.textContent;
        link.textContent = filtered ? `+${after}` : item.dataset.text;
        item.hidden = filtered && after === 0;
      } else if (!item.querySelector('b')) {
        item.hidden = filtered;
      } else if (!item.hidden) {
        after++;
      }
    }
    list.hidden = filtered && after === 0;
  };

  // Shows other counts than the recorded ones: { n, file: { self, total }, lines: Map of line → { self, total },
  // functions: [{ line, isRecorded, self, total }], call: ({ line, link, caller }) → samples }. With null, the recorded ones
  // again. What it does not know of is hidden: parts of lines, how many others call.
  const ofFile = apart.filter(({ cell }) => cell.closest('header'));
  const fileRecorded = ofFile.map(({ samples }) => samples);
  const hottest = [...document.querySelectorAll('.file header p > a')].filter((link) => /^#L\d/.test(link.getAttribute('href')))
    .map((link) => ({ link, line: link.textContent }))[0];
  const show = (counts) => {
    filtered = counts !== null;
    n = counts?.n ?? recorded.n;
    const known = new Set(sampled.map(({ line }) => line));
    for (const line of counts?.lines.keys() ?? []) if (!known.has(line)) alsoSampled(line);
    for (const one of sampled) {
      one.recorded ??= { self: one.self, total: one.total };
      Object.assign(one, counts ? counts.lines.get(one.line) ?? without : one.recorded);
    }
    for (const [index, one] of ofFile.entries()) {
      one.samples = counts ? [counts.file.self, counts.file.total][index] ?? 0 : fileRecorded[index];
      one.cell.title = inSamples(one.samples);
    }
    functionHeaders(counts);
    most = { self: greatest(sampled, 'self'), total: greatest(sampled, 'total') };
    for (const call of calls) {
      const own = ofCell.get(call.cell);
      own.samples = counts ? counts.call?.(call) ?? 0 : call.samples;
      call.cell.parentElement.hidden = filtered && own.samples === 0;
    }
    for (const list of code.querySelectorAll('.i, .o')) shownOf(list);
    for (const part of code.querySelectorAll('u')) {
      part.dataset.title ??= part.title;
      part.title = filtered ? '' : part.dataset.title;
    }
    if (hottest) {
      const own = filtered ? sampled.filter(({ self }) => self > 0 && self === most.self).sort((a, b) => a.line - b.line)[0] : hottest;
      hottest.link.textContent = own?.line ?? 'none';
      hottest.link.href = own ? `#L${own.line}` : '#';
    }
    asRecorded = false;
    paint();
    for (const { cell } of calls) cell.title = inWords(cell, ofCell.get(cell).samples); // of the lines' totals
  };

  // --- the whole file at a glance, beside the scroll bar and to its scale
  const map = shape('svg', { class: 'map', 'aria-hidden': 'true' });
  const marks = shape('g', {}), box = shape('rect', { class: 'box', x: 0.5, width: 13, rx: 2 });
  map.append(marks, box);
  const pieces = [...code.querySelectorAll('tbody')].map((piece) => ({ piece, rows: [] }));
  {
    const of = new Map(pieces.map((one) => [one.piece, one]));
    for (const one of rows) of.get(one.row.parentElement).rows.push(one);
  }
  const scale = () => innerHeight / document.documentElement.scrollHeight;
  const frame = (per) => {
    box.setAttribute('y', (scrollY * per).toFixed(1));
    box.setAttribute('height', Math.max(6, innerHeight * per - 1).toFixed(1));
  };
  let drawing = false;
  const draw = () => {
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => setTimeout(() => { // behind the frame: places are known then
      drawing = false;
      const per = scale(), heat = new Uint8Array(innerHeight + 3);
      for (const { piece, rows: inside } of pieces) {
        const { top, height } = piece.getBoundingClientRect(); // of pieces only: rows that are not laid out stay so
        for (const [index, one] of inside.entries()) {
          const own = steps.get(one);
          if (!own) continue;
          const from = (top + scrollY + (index * height) / inside.length) * per;
          const to = Math.max(from + 2, from + (height / inside.length) * per);
          for (let y = Math.floor(from); y < to && y < heat.length; y++) heat[y] = Math.max(heat[y], own);
        }
      }
      const shapes = [];
      for (let y = 0, end; y < innerHeight; y = end) {
        for (end = y + 1; end < innerHeight && heat[end] === heat[y]; end++);
        if (heat[y]) shapes.push(shape('rect', { class: `s${heat[y]}`, y, height: end - y, width: '100%' }));
      }
      frame(per);
      marks.replaceChildren(...shapes);
    }));
  };
  const scrollToMap = (event) => scrollTo({ top: event.clientY / scale() - innerHeight / 2, behavior: 'instant' });
  map.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    map.setPointerCapture(event.pointerId);
    scrollToMap(event);
  });
  map.addEventListener('pointermove', (event) => { if (map.hasPointerCapture(event.pointerId)) scrollToMap(event); });
  addEventListener('scroll', () => frame(scale()), { passive: true });
  addEventListener('resize', draw);
  new ResizeObserver(draw).observe(code); // a fold that opens changes its height
  new ResizeObserver(() => { // the bar grows with its buttons, over the line that the address leads to
    const target = document.querySelector(':target'), place = target?.getBoundingClientRect();
    const isHidden = place && place.bottom > 0 && place.top < bar.getBoundingClientRect().bottom;
    document.documentElement.style.scrollPaddingTop = `${bar.offsetHeight + 4}px`;
    if (isHidden) target.scrollIntoView();
  }).observe(bar);

  // --- the line that the address names, or several
  const lineOf = (of) => Number(of.id.slice(1));
  const lineAt = (number) => document.getElementById(`L${number}`);
  const all = () => [...code.querySelectorAll('[id]')]; // rows and cold lines, as they come: many, for when they are wanted
  const range = () => { // numbers of lines: [first, last], or null
    const [, from, to = from] = /^L(\d+)(?:-L(\d+))?$/.exec(view.anchor) ?? [];
    const ends = [Number(from), Number(to)].sort((a, b) => a - b);
    return from && lineAt(ends[0]) ? ends : null;
  };
  let here = [], moving = false;
  const highlight = () => {
    for (const line of here) line.classList.remove('here', 'open');
    const found = range();
    here = !found ? [] : found[0] === found[1] ? [lineAt(found[0])]
      : all().filter((line) => lineOf(line) >= found[0] && lineOf(line) <= found[1]);
    for (const line of here) {
      line.classList.add('here');
      const fold = line.closest('details');
      if (fold) fold.open = true;
    }
    if (here.length === 1) tell(here[0]);
    if (here.length === 1 && !moving) here[0].classList.add('open');
    copied.textContent = '';
  };
  const flash = () => {
    for (const line of here) line.classList.remove('flash');
    void code.offsetWidth; // so that the animation begins again
    for (const line of here) line.classList.add('flash');
  };
  const isOpen = (line) => !line.closest('details:not([open])');
  // To a line, without moving more of the page than it takes to see it.
  const step1 = (direction) => {
    const lines = all(), top = bar.getBoundingClientRect().bottom;
    const inSight = () => lines.findIndex((line) => isOpen(line) && line.getBoundingClientRect().top >= top);
    let index = here.length > 0 ? lines.indexOf(here.at(direction > 0 ? -1 : 0)) + direction : inSight();
    while (lines[index] && !isOpen(lines[index])) index += direction;
    if (!lines[index]) return;
    const before = scrollY;
    moving = true;
    view.go(lines[index].id);
    moving = false;
    scrollTo({ top: before, behavior: 'instant' });
    lines[index].scrollIntoView({ block: 'nearest', inline: 'nearest' });
  };

  // --- the next hot line, from where one is: of the upper half of the steps that this page has
  const middleOf = (one) => {
    const { piece, rows: inside } = pieces.find(({ piece }) => piece === one.row.parentElement) ?? { piece: one.row, rows: [one] };
    const { top, height } = piece.getBoundingClientRect();
    return top + (inside.indexOf(one) * height) / inside.length;
  };
  const go = (direction) => {
    const bound = Math.max(1, Math.max(...steps.values()) - 3);
    const hot = sampled.filter((one) => steps.get(one) >= bound);
    if (direction < 0) hot.reverse();
    const found = range();
    const next = hot.find((one) => (found ? direction * (one.line - found[0]) > 0 : direction * (middleOf(one) - innerHeight / 3) > 0)) ?? hot[0];
    if (next) view.go(next.row.id); // one step back leads out of the page
  };

  code.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#L"]');
    if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = link.getAttribute('href').slice(1), found = range();
    const isNumber = link.parentElement.matches('th, pre');
    event.preventDefault();
    if (event.shiftKey && isNumber && found) {
      const ends = [found[0], Number(to.slice(1))].sort((a, b) => a - b);
      const before = scrollY;
      view.go(ends[0] === ends[1] ? to : `L${ends[0]}-L${ends[1]}`);
      scrollTo({ top: before, behavior: 'instant' }); // both ends are in sight already
    } else if (isNumber) {
      const closes = here.length === 1 && here[0].id === to && here[0].classList.contains('open');
      const before = scrollY;
      view.go(to);
      scrollTo({ top: before, behavior: 'instant' });
      here[0]?.classList.toggle('open', !closes);
    } else if (view.anchor === to) {
      view.go(to);
    } else {
      location.hash = to; // a step of the history: one wants to come back from a call
    }
    flash();
  });

  // --- lines with their numbers, for an issue
  const LIMIT = 10;
  const copied = element('output', {});
  const textOf = (line) => (line.matches('tr') ? line.children[3].textContent : line.nextSibling.data.replace(/\n$/, ''));
  const markdown = () => {
    const byRow = new Map(rows.map((one) => [one.row, one]));
    const hottest = [...sampled].sort((a, b) => b[chosen.heat] - a[chosen.heat] || a.line - b.line).slice(0, LIMIT)
      .map(({ row }) => row).sort((a, b) => lineOf(a) - lineOf(b));
    const picked = here.length > 0 ? here : hottest;
    const unit = UNITS[chosen.unit], name = (word) => `${word} ${unit.name}`.trim();
    const table = [['line', name('self'), name('total'), ''], ...picked.map((line) => {
      const one = byRow.get(line);
      return [String(lineOf(line)), ...['self', 'total'].map((which) => (one ? unit.column(one[which]).trim() : '')), textOf(line)];
    })];
    const widths = [0, 1, 2].map((column) => Math.max(...table.map((cells) => cells[column].length)));
    const text = table.map((cells) => `${cells.map((cell, i) => (i < 3 ? cell.padStart(widths[i]) : cell)).join('  ')}`.trimEnd()).join('\n');
    const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
    const filters = location.hash.split('&').slice(1).filter((part) => !/^(heat|unit|scale)=/.test(part)).map(decodeURIComponent);
    const where = document.querySelector('.path')?.textContent ?? document.querySelector('h1').firstChild.data.trim();
    const which = here.length === 0 ? 'hottest lines' : here.length === 1 ? `line ${lineOf(here[0])}` : `lines ${lineOf(here[0])}–${lineOf(here.at(-1))}`;
    const quoted = where.includes('`') ? `\`\` ${where} \`\`` : `\`${where}\``;
    return { lines: picked.length, text: `${quoted}, ${which}: ${unit.of()}${filters.length > 0 ? `, only ${filters.join(', ')}` : ''}\n\n${fence}text\n${text}\n${fence}\n` };
  };
  const copy = () => {
    const { lines: many, text } = markdown();
    const put = (event) => {
      event.preventDefault();
      event.clipboardData.setData('text/plain', text);
      copied.textContent = `${many} line${many === 1 ? '' : 's'} copied`;
    };
    document.addEventListener('copy', put, { once: true });
    document.execCommand('copy'); // unlike navigator.clipboard, also where the page was not served securely
    document.removeEventListener('copy', put);
  };

  // --- all together
  const switches = {
    heat: choice('Heat', { self: 'self', total: 'total' }, (heat) => view.set({ heat: heat === 'self' ? null : heat })),
    unit: choice('Unit', { '%': 'percent', time: 'time', samples: 'samples' }, (unit) => view.set({ unit: unit === 'percent' ? null : unit })),
    scale: choice('Scale', { 'this file': 'file', 'all files': 'recording' }, (scale) => view.set({ scale: scale === 'file' ? null : scale })),
  };
  const VALUES = { heat: ['self', 'total'], unit: ['percent', 'time', 'samples'], scale: ['file', 'recording'] };
  const update = () => {
    let changed = false;
    for (const [name, values] of Object.entries(VALUES)) {
      const value = values.includes(view.get(name)) ? view.get(name) : values[0];
      changed ||= value !== chosen[name];
      chosen[name] = value;
      for (const [index, one] of [...switches[name].children].entries()) one.ariaPressed = String(values[index] === value);
    }
    if (changed) paint();
    highlight();
  };
  const follow = (selector) => document.querySelector(`.file nav ${selector} a`)?.click();
  key('s', 'heat by self or total', () => view.set({ heat: chosen.heat === 'self' ? 'total' : null }));
  key('j', 'next line', () => step1(1));
  key('k', 'previous line', () => step1(-1));
  key('o', 'open or close the line', () => here.length === 1 && here[0].classList.toggle('open'));
  key('[', 'the next hotter file', () => follow('.hotter'));
  key(']', 'the next cooler file', () => follow('.cooler'));
  const up = document.querySelector('.file nav a').getAttribute('href').replace('index.html', '');
  if (!heatmap.search) key('/', 'search', () => location.assign(`${up}index.html`));
  bar.prepend(element('div', { className: 'tools' }, ...Object.values(switches),
    button('next hot line', 'n', () => go(1)), button('previous', 'N', () => go(-1)),
    button('copy', 'c', copy, 'copy as Markdown: the lines, or the hottest'), copied, ...(heatmap.search ? [heatmap.search(up)] : []), heatmap.helpButton(), themeButton()));
  document.body.append(map);
  view.subscribe(update);
  heatmap.page = { show, calls, addCall, recorded };
  update();
  paint();
});
