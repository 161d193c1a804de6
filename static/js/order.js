// The order of the buttons: a row is dragged by its handle, or lifted with Space and moved with the
// arrow keys. What the server answers is put in place of the rows, for others may be moving them too.

const list = document.querySelector("[data-order]");
const form = document.getElementById("order");
const status = form.querySelector("[data-order-status]");

const CLICK_PIXELS = 4;
const EDGE_PIXELS = 48;
const SCROLL_PIXELS = 8;

let held = null; // the row that is lifted, its handle, and the rows as they were
let drag = null; // where the pointer is that has hold of a handle
let saving = Promise.resolve();

form.classList.add("is-live");

const handleOf = (row) => row.querySelector("[data-handle]");

function say(words, row) {
  status.textContent = status.dataset[words]
    .replace("{name}", () => row.dataset.name)
    .replace("{place}", row.rowIndex)
    .replace("{count}", list.rows.length);
  status.classList.toggle("is-failure", words === "failed");
}

// --- lifting, moving, dropping ---------------------------------------------------------------

function lift(row) {
  putBack();
  held = { row, before: [...list.rows] };
  row.classList.add("is-lifted");
  handleOf(row).setAttribute("aria-pressed", "true");
  say("lifted", row);
}

function letGo() {
  const { row, before } = held;
  held = null;
  row.classList.remove("is-lifted");
  row.style.translate = "";
  handleOf(row).setAttribute("aria-pressed", "false");
  return { row, before };
}

function putBack() {
  if (held) {
    const { row, before } = letGo();
    list.append(...before);
    say("back", row);
  }
}

function drop() {
  const { row, before } = letGo();
  if (before.indexOf(row) === [...list.rows].indexOf(row)) {
    say("back", row);
  } else {
    save(handleOf(row).dataset.url, null, row, "[data-handle]", before);
  }
}

// The neighbour moves, not the row: taken out of the page, a handle would lose pointer and focus.
function step(by) {
  const { row } = held;
  const neighbour = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (neighbour) {
    neighbour.remove();
    by < 0 ? row.after(neighbour) : row.before(neighbour);
    say("moved", row);
  }
  return neighbour !== null;
}

// --- saving ----------------------------------------------------------------------------------

function save(url, button, row, control, before) {
  const { alias } = row.dataset;
  // The aliases as they stand now, with spaces between them.
  form.elements.order.value = [...list.rows].map((each) => each.dataset.alias).join(" ");
  const data = new FormData(form, button);
  saving = saving.then(async () => {
    try {
      const answer = await fetch(url, {
        method: "POST",
        body: data,
        headers: { "HX-Request": "true" },
      });
      if (answer.redirected) {
        // Nobody is signed in any more; the page leads to where one can be.
        location.reload();
      } else if (answer.ok) {
        show(await answer.text(), alias, control);
      } else {
        fail(row, before);
      }
    } catch {
      fail(row, before);
    }
  });
}

function show(rows, alias, control) {
  if (held) {
    // The next answer will do.
    return;
  }
  const focused = list.contains(document.activeElement) || document.activeElement === document.body;
  const template = document.createElement("template");
  template.innerHTML = rows;
  list.replaceChildren(template.content);
  const row = [...list.rows].find((each) => each.dataset.alias === alias);
  if (row) {
    const wanted = row.querySelector(control);
    if (focused) {
      focusAgain(row, wanted);
    }
    say("saved", row);
  }
}

// An arrow is in the row's menu, which is new and closed.
function focusAgain(row, wanted) {
  if (wanted.disabled) {
    handleOf(row).focus();
    return;
  }
  if (wanted.closest("[popover]")) {
    row.querySelector("[popovertarget]").click();
  }
  wanted.focus();
}

function fail(row, before) {
  if (!held) {
    list.append(...before);
  }
  say("failed", row);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter;
  const control = `[name="step"][value="${button.value}"]`;
  const row = button.closest("tr");
  save(button.formAction, button, row, control, [...list.rows]);
});

// --- the keyboard ----------------------------------------------------------------------------

// Space and Enter arrive as clicks, and so does whatever a screen reader does to a button.
list.addEventListener("click", (event) => {
  const handle = event.target.closest("[data-handle]");
  if (!handle || drag?.moved) {
    return;
  }
  const row = handle.closest("tr");
  if (held?.row === row) {
    drop();
  } else {
    handle.focus();
    lift(row);
  }
});

const KEYS = {
  ArrowUp: () => step(-1),
  ArrowDown: () => step(1),
  Home: () => { while (step(-1)); },
  End: () => { while (step(1)); },
  Escape: () => {
    const handle = handleOf(held.row);
    putBack();
    handle.focus();
  },
};

list.addEventListener("keydown", (event) => {
  if (held && KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
    held?.row.scrollIntoView({ block: "nearest" });
  }
});

list.addEventListener("focusout", (event) => {
  if (held && !drag && event.target === handleOf(held.row) && document.hasFocus()) {
    putBack();
  }
});

// --- the pointer -----------------------------------------------------------------------------

list.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest("[data-handle]");
  if (handle && event.button === 0) {
    handle.setPointerCapture(event.pointerId);
    const y = event.clientY;
    drag = { row: handle.closest("tr"), y, start: y + scrollY, moved: false };
  }
});

list.addEventListener("pointermove", (event) => {
  if (!drag) {
    return;
  }
  drag.y = event.clientY;
  if (!drag.moved && Math.abs(drag.y + scrollY - drag.start) >= CLICK_PIXELS) {
    drag.moved = true;
    lift(drag.row);
    requestAnimationFrame(scrollAtEdges);
  }
  if (drag.moved && held) {
    follow();
  }
});

list.addEventListener("pointerup", () => endDrag(drop));
list.addEventListener("pointercancel", () => endDrag(putBack));

function endDrag(how) {
  if (drag?.moved && held) {
    how();
  }
  // The click that follows a drag is none.
  setTimeout(() => (drag = null));
}

function follow() {
  const { row } = drag;
  const offset = () => drag.y + scrollY - drag.start;
  for (const by of [-1, 1]) {
    const neighbour = () => (by < 0 ? row.previousElementSibling : row.nextElementSibling);
    while (neighbour() && by * offset() > neighbour().offsetHeight / 2) {
      drag.start += by * neighbour().offsetHeight;
      step(by);
    }
  }
  row.style.translate = `0 ${offset()}px`;
}

function scrollAtEdges() {
  if (!drag || !held) {
    return;
  }
  const by = (drag.y > innerHeight - EDGE_PIXELS) - (drag.y < EDGE_PIXELS);
  if (by) {
    scrollBy(0, by * SCROLL_PIXELS);
    follow();
  }
  requestAnimationFrame(scrollAtEdges);
}
