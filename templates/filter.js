// The filters of a file's page: what came of a thread, a process, a state, a range of time, or through a call, counted
// anew from the page's stacks (filterdata.h), which are loaded when they are first wanted.
heatmap.ready('file', () => {
  const { element, button, choice, view, page } = heatmap;
  const strip = document.querySelector('.time[data-stacks]');
  if (!strip || !page) return;
  const top = document.querySelector('script[src$="heatmap.js"]').src.replace(/heatmap\.js$/, '');
  const here = location.href.replace(/#.*/, '').slice(top.length); // this page's name
  const KEYS = ['basis', 'process', 'thread', 't', 'through'];
  const STATES = { wall: 0, active: 1, gil: 2 }; // the least of the states that count

  // --- data
  const read = (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    let at = 0;
    return {
      more: () => at < bytes.length,
      next() {
        let value = 0, scale = 1;
        for (;; scale *= 128) {
          const byte = bytes[at++];
          value += (byte & 127) * scale;
          if (byte < 128) return value;
        }
      },
    };
  };
  const cells = (from, bins, each) => {
    let series = -1;
    for (let left = from.next(); left > 0; left--) {
      series += from.next() + 1;
      if (bins === 1) {
        each(series, 0, from.next());
        continue;
      }
      let bin = -1;
      for (let some = from.next(); some > 0; some--) {
        const step = from.next();
        bin += (step >> 1) + 1;
        each(series, bin, step & 1 ? from.next() : 1);
      }
    }
  };
  const table = () => {
    const rows = { owner: [], series: [], bin: [], weight: [] };
    return { rows, add(owner, series, bin, weight) {
      rows.owner.push(owner);
      rows.series.push(series);
      rows.bin.push(bin);
      rows.weight.push(weight);
    } };
  };

  let recording = null, own = null; // what the two scripts bring
  heatmap.recording = (data) => {
    const { rows, add } = table();
    cells(read(data.all), data.bins, (series, bin, weight) => add(0, series, bin, weight));
    recording = { ...data, all: rows };
  };
  heatmap.stacks = (data) => {
    own = data;
    if (data.left_out) return;
    const sets = [], selves = [], setOf = [];
    let set = [];
    for (const from = read(data.sets); from.more();) {
      set = set.slice(0, from.next());
      for (let left = from.next(); left > 0; left--) set.push(set.length > 0 ? set.at(-1) + 1 + from.next() : from.next());
      sets.push(set);
    }
    const { rows, add } = table();
    let number = 0;
    for (const from = read(data.stacks); from.more();) {
      number += from.next();
      setOf.push(number);
      selves.push(from.next() - 1);
      cells(from, data.bins, (series, bin, weight) => add(setOf.length - 1, series, bin, weight));
    }
    Object.assign(own, { sets, setOf, selves, cells: rows });
  };
  const script = (src) => new Promise((done, fail) => {
    document.head.append(element('script', { src, onload: done, onerror: () => fail(new Error(src)) }));
  });
  let loading = null;
  const load = () => (loading ??= Promise.all([script(`${top}recording.js`), script(strip.dataset.stacks)]).then(begin, () => {
    status.textContent = 'What the filters count from could not be loaded.';
    panel.hidden = false;
    return false;
  }));

  // --- names of what can be chosen: those of the address
  const unique = (names) => {
    const seen = new Map();
    return names.map((name) => {
      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      return times > 1 ? `${name}.${times}` : String(name);
    });
  };
  const shortName = (name) => name.slice(name.includes('<locals>.') ? name.lastIndexOf('<locals>.') + 9 : 0);
  // Both ends of a call: where it is, what it is called.
  const ends = ([caller, callee]) => {
    const other = (number) => {
      const [module, name, line, at] = own.others[-1 - number];
      return { module, name, line, page: at };
    };
    return {
      from: caller < 0 ? other(caller)
        : { module: own.module, name: own.functions[own.in[caller]][0], line: own.lines[caller], page: here },
      to: callee < 0 ? other(callee)
        : { module: own.module, name: own.functions[callee][0], line: own.functions[callee][1], page: here },
    };
  };
  const callName = ({ from, to }) => `${from.module}:${from.name}:${from.line}>${to.module}:${to.name}`;
  const callTitle = ({ from, to }) => `${shortName(from.name)}:${from.line} → ${shortName(to.name)}`;
  // What a call is on the page: the line of its row, and its link.
  const onPage = (isCaller, { from, to }) => (isCaller
    ? `i ${to.line} ${from.page} ${from.line} ${shortName(from.name)}:${from.line}`
    : `o ${from.line} ${to.page} ${to.line} ${shortName(to.name)}`);
  const ofLink = ({ caller, line, link }) => {
    const [address, fragment] = (link.href ?? '').split('#');
    const at = decodeURI(address).startsWith(decodeURI(top)) ? address.slice(top.length) : '';
    return `${caller ? 'i' : 'o'} ${line} ${at} ${/^L(\d+)/.exec(fragment ?? '')?.[1] ?? 0} ${link.textContent}`;
  };

  // --- counting
  const everything = () => ({ least: STATES[recording.basis], threads: null, bins: null, calls: null });
  const wanted = () => { // from the address; what is unknown is not chosen
    const filter = everything();
    if (view.get('basis') in STATES) filter.least = STATES[view.get('basis')];
    const thread = recording.threadNames.indexOf(view.get('thread')), process = recording.processNames.indexOf(view.get('process'));
    if (thread >= 0 || process >= 0)
      filter.threads = recording.threads.map(([of], index) => (thread < 0 || index === thread) && (process < 0 || of === process));
    const [, from, to] = /^([\d.]+)-([\d.]+)$/.exec(view.get('t') ?? '') ?? [];
    if (from !== undefined && own.bins > 1) {
      // What is written in the address is rounded, by at most a twentieth of a step.
      const first = Math.floor(Number(from) / own.width + 0.06), last = Math.ceil(Number(to) / own.width - 0.06) - 1;
      if (first <= last && first < own.bins) filter.bins = [first, Math.min(last, own.bins - 1)];
    }
    const calls = own.callsNamed.get(view.get('through'));
    if (calls) filter.calls = new Set(calls.map((call) => own.lines.length + call));
    return filter;
  };
  // Adds up by owner what passes; bins of the table are so many to one of the page.
  const sum = ({ owner, series, bin, weight }, { least, threads, bins }, into, toOne) => {
    const [first, last] = bins ? [bins[0] * toOne, (bins[1] + 1) * toOne - 1] : [0, Infinity];
    for (let i = 0; i < owner.length; i++) {
      if (series[i] % 3 < least || bin[i] < first || bin[i] > last || (threads && !threads[Math.floor(series[i] / 3)])) continue;
      into[owner[i]] += weight[i];
    }
    return into;
  };
  const count = (filter) => {
    const { sets, setOf, selves, lines: lineOf, functions } = own, spots = lineOf.length;
    const stacks = sum(own.cells, filter, new Float64Array(setOf.length), 1);
    const passes = filter.calls && sets.map((set) => set.some((item) => filter.calls.has(item)));
    const found = { n: 0, file: { self: 0, total: 0 }, lines: new Map(), functions: functions.map(() => ({ self: 0, total: 0 })),
      calls: new Float64Array(own.calls.length) };
    const line = (number) => {
      if (!found.lines.has(number)) found.lines.set(number, { self: 0, total: 0 });
      return found.lines.get(number);
    };
    for (let i = 0; i < stacks.length; i++) {
      const weight = stacks[i];
      if (weight === 0 || (passes && !passes[setOf[i]])) continue;
      found.file.total += weight;
      if (selves[i] >= 0) {
        found.file.self += weight;
        line(lineOf[selves[i]]).self += weight;
        found.functions[own.in[selves[i]]].self += weight;
      }
      let before = 0; // spots of a line are neighbours; those of a function are not
      const touched = new Set();
      for (const item of sets[setOf[i]]) {
        if (item >= spots) {
          found.calls[item - spots] += weight;
          continue;
        }
        if (lineOf[item] !== before && lineOf[item] !== 0) line(lineOf[item]).total += weight;
        before = lineOf[item];
        touched.add(own.in[item]);
      }
      for (const one of touched) found.functions[one].total += weight;
    }
    found.n = filter.calls ? found.file.total : sum(recording.all, filter, [0], 2 ** own.widened)[0];
    return found;
  };

  // --- words
  const thousands = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
  const digits = () => Math.max(0, Math.ceil(-Math.log10(own.width)));
  const seconds = (bin) => (bin * own.width).toFixed(digits() + 1);
  const span = ([first, last]) => `${seconds(first)}-${seconds(last + 1)}`;
  const words = (filter) => {
    const said = [];
    if (view.get('basis') in STATES && view.get('basis') !== recording.basis) said.push({ wall: 'all states', active: 'active threads', gil: 'holders of the GIL' }[view.get('basis')]);
    if (recording.processNames.includes(view.get('process'))) said.push(`process ${view.get('process')}`);
    if (recording.threadNames.includes(view.get('thread'))) said.push(`thread ${threadTitle(recording.threadNames.indexOf(view.get('thread')))}`);
    if (filter.bins) said.push(`${span(filter.bins).replace('-', '–')} s`);
    return said;
  };
  const threadTitle = (index) => {
    const [, tid, name] = recording.threads[index];
    return name ? `${name} ${tid}` : String(tid);
  };

  // --- what is there to choose with
  const status = element('output', { className: 'filtered-by' });
  const panel = element('div', { className: 'filters', hidden: true });
  const clear = button('show all', '', () => view.set(Object.fromEntries(KEYS.map((key) => [key, null]))));
  const chip = element('button', { type: 'button', className: 'chip', onclick: () => view.set({ through: null }) });
  const select = (label, key, all, options) => {
    const list = element('select', { onchange: () => view.set({ [key]: list.value || null }) }, element('option', { value: '' }, all),
      ...options.map(([value, text]) => element('option', { value }, text)));
    panel.append(element('label', {}, label, ' ', list));
    return () => { list.value = view.get(key) ?? ''; if (list.selectedIndex < 0) list.value = ''; };
  };
  const refresh = []; // what shows a choice, when that has changed
  const begin = () => {
    recording.processNames = unique(recording.processes.map(([pid]) => pid));
    recording.threadNames = unique(recording.threads.map(([, tid]) => tid));
    if (own.left_out) {
      status.textContent = 'This file was in too many different stacks for filters.';
      panel.append(status);
      return false;
    }
    own.width = recording.width * 2 ** own.widened;
    own.ends = own.calls.map(ends);
    own.callsNamed = new Map();
    for (const [call, both] of own.ends.entries()) {
      const name = callName(both);
      own.callsNamed.set(name, [...(own.callsNamed.get(name) ?? []), call]);
    }
    const states = choice('State', { active: 'active', wall: 'wall', GIL: 'gil' }, (state) => view.set({ basis: state === recording.basis ? null : state }));
    panel.append(states);
    refresh.push(() => {
      const state = view.get('basis') in STATES ? view.get('basis') : recording.basis;
      for (const [index, value] of ['active', 'wall', 'gil'].entries()) states.children[index].ariaPressed = String(value === state);
    });
    if (recording.processes.length > 1)
      refresh.push(select('process', 'process', 'all', recording.processes.map(([pid, command], index) => [recording.processNames[index], `${pid} ${command.slice(0, 60)}`])));
    if (recording.threads.length > 1)
      refresh.push(select('thread', 'thread', 'all', recording.threads.map((_, index) => [recording.threadNames[index], threadTitle(index)])));
    const all = count(everything());
    own.isRecorded = all.functions.map(({ total }) => total > 0);
    if (own.calls.length > 0) {
      refresh.push(select('through', 'through', 'any call', [...own.callsNamed]
        .map(([name, calls]) => ({ name, calls, samples: calls.reduce((most, call) => Math.max(most, all.calls[call]), 0) }))
        .sort((a, b) => b.samples - a.samples)
        .map(({ name, calls }) => [name, callTitle(own.ends[calls[0]])])));
    }
    const limits = [];
    if (own.bins === 1) limits.push('time is left out here: this file was in too many different stacks');
    else if (own.widened > 0) limits.push(`time is in ${own.bins} steps of ${Number(own.width.toPrecision(2))} s here`);
    if (own.calls_left_out) limits.push('calls are left out here');
    if (document.querySelector('.code .e')) limits.push('parts of lines are not counted under filters');
    panel.append(chip, clear, status, ...(limits.length > 0 ? [element('small', {}, limits.join('; '))] : []));
    if (own.bins > 1) begins.hidden = finishes.hidden = false;
    return true;
  };

  // --- a range of the strip
  const shades = [element('div', { className: 'shade' }), element('div', { className: 'shade' })];
  const handle = (label) => {
    const made = element('div', { className: 'handle', role: 'slider', tabIndex: 0, ariaLabel: label, hidden: true });
    made.ariaValueMin = '0';
    return made;
  };
  const begins = handle('From'), finishes = handle('Until');
  const range = () => wanted().bins ?? [0, own.bins - 1];
  const setRange = ([first, last]) => view.set({ t: first <= 0 && last >= own.bins - 1 ? null : span([Math.max(0, first), Math.min(own.bins - 1, last)]) });
  const share = (bin) => Math.min(1, (bin * own.width) / Number(strip.dataset.seconds)); // of the strip's width
  const drawRange = (chosen) => {
    const [from, to] = chosen ? [share(chosen[0]), chosen[1] >= own.bins - 1 ? 1 : share(chosen[1] + 1)] : [0, 1];
    shades[0].style.width = `${from * 100}%`;
    shades[1].style.width = `${(1 - to) * 100}%`;
    begins.style.left = `${from * 100}%`;
    finishes.style.left = `${to * 100}%`;
    const [first, last] = chosen ?? [0, own.bins - 1];
    for (const [slider, bin] of [[begins, first], [finishes, last + 1]]) {
      slider.ariaValueMax = String(own.bins);
      slider.ariaValueNow = String(bin);
      slider.ariaValueText = `${seconds(bin)} s`;
    }
  };
  for (const [slider, which] of [[begins, 0], [finishes, 1]]) {
    slider.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const chosen = range();
      chosen[which] = Math.min(Math.max(chosen[which] + step, which === 0 ? 0 : chosen[0]), which === 0 ? chosen[1] : own.bins - 1);
      setRange(chosen);
    });
  }
  let from = null; // where dragging began, as a share of the width
  const at = (event) => {
    const { left, width } = strip.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - left) / width, 0), 1) * Number(strip.dataset.seconds);
  };
  const dragged = (event) => {
    const ends = [from, at(event)].sort((a, b) => a - b).map((time) => Math.min(Math.floor(time / own.width), own.bins - 1));
    return Math.abs(event.clientX - pressedAt) < 4 ? null : ends;
  };
  let pressedAt = 0;
  strip.addEventListener('pointerdown', async (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    strip.setPointerCapture(event.pointerId);
    from = at(event);
    pressedAt = event.clientX;
    if (await load()) return;
    from = null;
  });
  strip.addEventListener('pointermove', (event) => {
    if (from !== null && own?.width && own.bins > 1) drawRange(dragged(event) ?? wanted().bins);
  });
  strip.addEventListener('pointerup', async (event) => {
    if (!(await load()) || from === null || own.bins === 1) return;
    const chosen = dragged(event);
    from = null;
    if (chosen) setRange(chosen);
    else view.set({ t: null });
  });
  strip.addEventListener('pointercancel', () => { from = null; });
  strip.append(shades[0], shades[1], begins, finishes);

  // --- only through this call: a button at every call that one comes to
  const only = async (event) => {
    const item = event.target.closest?.('.code .i > li, .code .o > li');
    const call = item && !item.querySelector('.only') && page.calls.find(({ link }) => link.parentElement === item);
    if (!call) return;
    item.append(element('button', { type: 'button', className: 'only', title: 'count only the samples that came through this call',
      onclick: async () => {
        if (!(await load()) || own.calls_left_out) return;
        const wantedCall = ofLink(call);
        const both = own.ends.find((one) => onPage(call.caller, one) === wantedCall);
        if (both) view.set({ through: callName(both) });
      } }, 'only'));
  };
  for (const event of ['pointerover', 'focusin', 'click']) document.querySelector('.code').addEventListener(event, only);

  // --- all together
  let shown = '';
  const update = async () => {
    const chosen = KEYS.map((key) => view.get(key) ?? '');
    if (chosen.join('\n') === shown) return;
    shown = chosen.join('\n');
    if (chosen.every((value) => value === '') && !own) return;
    if (!(await load()) || shown !== KEYS.map((key) => view.get(key) ?? '').join('\n')) return;
    const filter = wanted();
    const plain = filter.least === STATES[recording.basis] && !filter.threads && !filter.bins && !filter.calls;
    for (const run of refresh) run();
    if (own.bins > 1) drawRange(filter.bins);
    const said = words(filter), through = filter.calls && own.ends[own.callsNamed.get(view.get('through'))[0]];
    chip.hidden = !through;
    if (through) chip.textContent = `× through ${callTitle(through)}`;
    clear.hidden = plain;
    toggle.classList.toggle('on', !plain);
    if (!plain) panel.hidden = false;
    toggle.ariaExpanded = String(!panel.hidden);
    if (plain) {
      status.textContent = '';
      page.show(null);
      return;
    }
    const found = count(filter);
    const shownCalls = new Map();
    for (const [call, both] of own.ends.entries()) {
      for (const key of [both.to.page === here && onPage(true, both), both.from.page === here && onPage(false, both)]) {
        if (key) shownCalls.set(key, (shownCalls.get(key) ?? 0) + found.calls[call]);
      }
    }
    const many = thousands(found.n);
    status.textContent = `Counts only ${[...said, ...(through ? ['what came through this call'] : [])].join(', ')}: ${many} samples, without filters ${thousands(page.recorded.n)}`;
    page.show({ n: found.n, lines: found.lines, file: found.file, functions: own.functions.map(([, line], index) => ({ line, isRecorded: own.isRecorded[index], ...found.functions[index] })),
      call: (call) => shownCalls.get(ofLink(call)) ?? 0 });
  };
  const toggle = button('filter', 'f', async () => {
    panel.hidden = !panel.hidden;
    toggle.ariaExpanded = String(!panel.hidden);
    if (!panel.hidden && await load()) {
      strip.scrollIntoView({ block: 'nearest' });
      for (const run of refresh) run();
      const { bins } = wanted();
      if (own.bins > 1) drawRange(bins);
      chip.hidden = chip.textContent === '';
      clear.hidden = shown.trim() === '';
    }
  });
  toggle.ariaExpanded = 'false';
  document.querySelector('.bar .tools').prepend(toggle);
  strip.after(panel);
  view.subscribe(update);
  update();
});
