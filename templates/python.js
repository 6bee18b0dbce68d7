// Colours Python's syntax. Needs no markup: the browser is told of ranges of plain text, and where it cannot colour those
// (CSS Custom Highlight API), the code stays as it is.
(() => {
  const KEYWORDS = new Set(('and as assert async await break class continue def del elif else except False finally for from ' +
    'global if import in is lambda None nonlocal not or pass raise return True try while with yield').split(' '));
  const WORD = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
  const NUMBER = /\d[\w.]*/y;
  const PREFIX = /^(?:[rbuft]|[rR][bft]|[bft][rR])$/i;

  // Is the word that begins a statement one of the words that are keywords only there? `rest` is what follows it.
  const OPERATOR = /^\s*(?:[-+*@&|^%<>=!,.:;)\]}]|\/|(?:and|or|in|is|if|else|for|not\s+in)\b)/;
  const isSoft = (word, rest) => {
    if (word === 'type') return /^\s+(?!(?:and|or|in|is|if|else|for|not)\b)[\p{L}_]/u.test(rest);
    if (word === 'lazy') return /^\s+(?:import|from)\b/.test(rest);
    if (word !== 'match' && word !== 'case') return false;
    const bare = rest.replace(/(["'])(?:\\.|(?!\1).)*\1/g, '""').replace(/#.*/, '').trimEnd();
    if (/^\s*(?:[=.,:;)\]}]|[-+*/%@&|^<>!]=|\*\*|\/\/|$)/.test(bare)) return false;
    if (/:$/.test(bare)) return true; // a block follows: no expression statement ends like that
    if (word === 'case' && /^[\s([{].*:\s/.test(bare)) return /^\s/.test(bare) && !OPERATOR.test(bare); // case 1: return
    return /^\s+["'\p{L}_\d]/u.test(bare) && !OPERATOR.test(bare);
  };

  // What is open at the end of a line: strings and the brackets inside of them, outermost first.
  // A string is { quotes, raw, format }; brackets are { depth }, at the bottom those of the module.
  const beginning = () => ({ open: [{ depth: 0 }], goesOn: false });
  const copyOf = ({ open, goesOn }) => ({ open: open.map((one) => ({ ...one })), goesOn });

  // Tokens of a line: mark(kind, from, to) is told of comments, strings, keywords and decorators. Changes the state.
  const scan = (text, state, mark) => {
    const { open } = state;
    let at = 0, first = !state.goesOn; // first: nothing of a statement was there yet
    state.goesOn = false;
    const top = () => open[open.length - 1];

    // Inside of a string, from `start` on: to its end, a field of a format, or the line's end.
    const string = (start) => {
      const { quotes, raw, format, spec } = top();
      while (at < text.length) {
        const c = text[at];
        if (c === '\\' && !(format && /[{}]/.test(text[at + 1] ?? ''))) {
          const named = format && !raw && /^\\N\{[^}]*\}/.exec(text.slice(at));
          at += named ? named[0].length : 2;
        } else if (text.startsWith(quotes, at) && !spec) {
          at += quotes.length;
          open.pop();
          mark('string', start, at);
          return;
        } else if (format && c === '{' && text[at + 1] === '{' && !spec) {
          at += 2;
        } else if (format && c === '{') {
          mark('string', start, at);
          at++;
          open.push({ depth: 0, field: true });
          return;
        } else if (spec && (c === '}' || text.startsWith(quotes, at))) {
          mark('string', start, at);
          open.pop();
          return;
        } else {
          at++;
        }
      }
      mark('string', start, text.length);
      const continues = /(?:^|[^\\])(?:\\\\)*\\$/.test(text); // a backslash at the end
      if (quotes.length === 1 && !continues) { // not closed: no string, or one of a version to come
        while (open.length > 1) open.pop();
        open[0].depth = 0;
      }
      at = text.length;
    };

    while (at < text.length) {
      if (top().quotes) {
        string(at);
        continue;
      }
      const c = text[at];
      if (c === ' ' || c === '\t' || c === '\u240c') { // the picture of a form feed
        at++;
        continue;
      }
      const begins = first && open.length === 1 && open[0].depth === 0;
      first = false;
      if (c === '#') {
        mark('comment', at, text.length);
        return;
      }
      if (c === '\\' && at === text.length - 1) {
        state.goesOn = true;
        return;
      }
      NUMBER.lastIndex = WORD.lastIndex = at;
      const word = WORD.exec(text)?.[0];
      const after = at + (word?.length ?? 0);
      const quote = text[after];
      if ((quote === '"' || quote === "'") && (!word || PREFIX.test(word))) {
        const quotes = text.startsWith(quote.repeat(3), after) ? quote.repeat(3) : quote;
        const start = at;
        open.push({ quotes, raw: /r/i.test(word ?? ''), format: /[ft]/i.test(word ?? '') });
        at = after + quotes.length;
        string(start);
      } else if (word) {
        const isName = text[at - 1] === '.';
        if (!isName && (KEYWORDS.has(word) || (begins && isSoft(word, text.slice(after))) ||
          (word === '_' && /^\s*case\b/.test(text) && !/[\w.([]/.test(text[after] ?? '')))) mark('keyword', at, after);
        if (begins && /^(?:def|class|async)$/.test(word)) open[0].depth = 0;
        at = after;
      } else if (NUMBER.test(text)) {
        at = NUMBER.lastIndex;
      } else if (c === '@' && begins) {
        let [name, first] = /^@\s*([\p{L}_][\p{L}\p{N}_]*)[\p{L}\p{N}_.]*/u.exec(text.slice(at)) ?? ['@'];
        if (KEYWORDS.has(first)) name = '@'; // @lambda …
        mark('decorator', at, at + name.length);
        at += name.length;
      } else {
        const here = top();
        if ('([{'.includes(c)) {
          here.depth++;
        } else if (')]}'.includes(c)) {
          if (c === '}' && here.field && here.depth === 0) open.pop();
          else here.depth = Math.max(0, here.depth - 1);
        } else if (c === ':' && here.field && here.depth === 0) {
          const { quotes, raw } = open[open.length - 2];
          open.push({ quotes, raw, format: true, spec: true });
        } else if (c === ';') {
          first = true;
        }
        at++;
      }
    }
  };

  heatmap.python = { beginning, scan };

  heatmap.ready('file', () => {
    // Where colours are forced, a browser draws what is told apart as if it were selected.
    if (!globalThis.CSS?.highlights || matchMedia('(forced-colors: active)').matches) return;
    const highlights = {};
    for (const kind of ['comment', 'string', 'keyword', 'decorator']) {
      highlights[kind] = new Highlight();
      CSS.highlights.set(kind, highlights[kind]);
    }

    // The text nodes of each line of a piece: a source cell's, or what follows a cold line's number.
    const linesOf = (piece) => {
      if (piece.matches('pre')) return [...piece.children].map((anchor) => [anchor.nextSibling]);
      return [...piece.rows].map((row) => {
        const cell = row.children[3];
        if (cell.childElementCount === 0) return [...cell.childNodes];
        const nodes = [];
        if (cell.firstElementChild.matches('i')) return nodes; // the name of a function: there is no text
        const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) nodes.push(walker.currentNode);
        return nodes;
      });
    };
    const textOf = (nodes) => (nodes.length === 1 ? nodes[0].data : nodes.map((node) => node.data).join('')).replace(/\n$/, '');

    // Where in a line's nodes a position of its text is.
    const placeIn = (nodes, position) => {
      for (const node of nodes) {
        if (position <= node.length) return [node, position];
        position -= node.length;
      }
      return [nodes.at(-1), nodes.at(-1).length];
    };
    const pieces = [...document.querySelectorAll('.code tbody, .cold pre')].map((piece) => ({ piece, state: null, ranges: [] }));
    const colour = (one) => {
      const state = copyOf(one.state);
      for (const nodes of linesOf(one.piece)) {
        scan(textOf(nodes), state, (kind, from, to) => {
          if (from === to) return;
          const [startContainer, startOffset] = placeIn(nodes, from), [endContainer, endOffset] = placeIn(nodes, to);
          const range = new StaticRange({ startContainer, startOffset, endContainer, endOffset });
          highlights[kind].add(range);
          one.ranges.push([kind, range]);
        });
      }
    };
    const discolour = (one) => {
      for (const [kind, range] of one.ranges.splice(0)) highlights[kind].delete(range);
    };

    // Only what is near is coloured: a browser looks at all ranges whenever one comes. How a piece begins, inside of a string
    // or not, is known when all before it were read: that is done in small parts, so that the page answers meanwhile. Until
    // then it is taken for code.
    const near = new Set();
    const byPiece = new Map(pieces.map((one) => [one.piece, one]));
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const one = byPiece.get(target);
        if (isIntersecting === near.has(one)) continue;
        near[isIntersecting ? 'add' : 'delete'](one);
        if (!isIntersecting) {
          discolour(one);
        } else {
          one.guessed = one.state === null;
          one.state ??= beginning();
          colour(one);
          if (one.guessed) one.state = null;
        }
      }
    }, { rootMargin: '800px 0px' });

    const later = (run) => globalThis.requestIdleCallback?.(run, { timeout: 200 }) ?? setTimeout(run, 0);
    let next = 0, state = beginning();
    const read = () => {
      const until = performance.now() + 8;
      for (; next < pieces.length && performance.now() < until; next++) {
        const one = pieces[next];
        one.state = copyOf(state);
        for (const nodes of linesOf(one.piece)) scan(textOf(nodes), state, () => {});
        const differs = one.state.open.length > 1 || one.state.goesOn;
        if (near.has(one) && one.guessed && differs) {
          discolour(one);
          colour(one);
        }
      }
      if (next < pieces.length) later(read);
    };
    for (const { piece } of pieces) observer.observe(piece);
    later(read);
  });
})();
