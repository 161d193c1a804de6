// The catalogue is searched while one types; without this script the button does it.

const catalogue = document.querySelector("[data-catalogue]");
const form = catalogue.querySelector("[data-catalogue-search]");
const input = form.querySelector("input");
const announcer = document.querySelector("[data-announcer]");
const more = catalogue.querySelector("details");

form.classList.add("is-live");
input.addEventListener("input", () => search(input.value));
if (input.value !== input.defaultValue) {
  // Typed before this script was there.
  search(input.value);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  search(input.value);
  if (input.value.trim()) {
    shownLinks()[0]?.focus();
  }
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
    return;
  }
  if (event.key === "/" && !typing) {
    event.preventDefault();
    input.focus();
    input.select();
  } else if (catalogue.contains(event.target)) {
    go(event);
  }
});

// From the field into the cards, between them, and back.
function go(event) {
  const links = shownLinks();
  const place = links.indexOf(event.target);
  const inField = event.target === input;
  if (event.key === "Escape" && place >= 0) {
    input.focus();
  } else if (inField && event.key === "ArrowDown") {
    event.preventDefault();
    links[0]?.focus();
  } else if (place >= 0 && (event.key === "Home" || event.key === "End")) {
    event.preventDefault();
    links.at(event.key === "Home" ? 0 : -1).focus();
  } else if (place >= 0 && event.key.startsWith("Arrow")) {
    event.preventDefault();
    (neighbour(links, event.target, event.key) ?? (event.key === "ArrowUp" ? input : event.target)).focus();
  } else if (place >= 0 && /^[\p{L}\p{N}]$/u.test(event.key)) {
    // To the next whose name begins so.
    const letter = event.key.toLowerCase();
    const round = [...links.slice(place + 1), ...links.slice(0, place + 1)];
    round.find((link) => link.textContent.trim().toLowerCase().startsWith(letter))?.focus();
  }
}

// The next card in a direction, by where they stand: how many are in a row depends on the window.
function neighbour(links, link, key) {
  const place = links.indexOf(link);
  if (key === "ArrowLeft" || key === "ArrowRight") {
    return links[place + (key === "ArrowRight" ? 1 : -1)];
  }
  const down = key === "ArrowDown";
  const box = (each) => each.closest("li").getBoundingClientRect();
  const here = box(link);
  const beyond = (down ? links.slice(place + 1) : links.slice(0, place).reverse()).filter((each) =>
    down ? box(each).top >= here.bottom : box(each).bottom <= here.top,
  );
  const row = beyond.filter((each) => Math.abs(box(each).top - box(beyond[0]).top) < 2);
  const away = (each) => Math.abs(box(each).left - here.left);
  return row.sort((one, other) => away(one) - away(other))[0];
}

function shownLinks() {
  return [...catalogue.querySelectorAll("[data-words]:not([hidden]) a")].filter((link) => link.checkVisibility());
}

// As connections/providers/catalogue.py does it.
function search(query) {
  const words = query.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 1 && /^[a-z0-9]{1,2}$/.test(words[0])) {
    words[0] = ` ${words[0]}`;
  }
  let found = 0;
  for (const card of catalogue.querySelectorAll("[data-words]")) {
    card.hidden = !words.every((word) => card.dataset.words.includes(word));
    found += card.hidden ? 0 : 1;
  }
  for (const group of catalogue.querySelectorAll("[data-catalogue-group]")) {
    const count = group.querySelectorAll("[data-words]:not([hidden])").length;
    group.hidden = count === 0;
    group.querySelector("[data-catalogue-count]").textContent = count;
  }
  if (more) {
    more.open = words.length > 0;
  }
  catalogue.querySelector("[data-catalogue-empty]").hidden = found > 0;
  announcer.textContent = sentence(found);
  remember(query.trim());
}

function sentence(found) {
  const { none, one, many } = catalogue.dataset;
  return found === 0 ? none : found === 1 ? one : many.replace("{count}", found);
}

// Whoever comes back finds the same search.
function remember(query) {
  const address = new URL(location.href);
  if (query) {
    address.searchParams.set("q", query);
  } else {
    address.searchParams.delete("q");
  }
  history.replaceState(null, "", address);
}
