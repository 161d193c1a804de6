// The catalogue is searched while one types; without this script the button does it.

const catalogue = document.querySelector("[data-catalogue]");
const form = catalogue.querySelector("[data-catalogue-search]");
const input = form.querySelector("input");
const announcer = document.querySelector("[data-announcer]");

form.classList.add("is-live");
input.addEventListener("input", () => search(input.value));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  search(input.value);
});

// As connections/providers/catalogue.py does it.
function search(query) {
  const words = query.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const card of catalogue.querySelectorAll("[data-words]")) {
    card.hidden = !words.every((word) => card.dataset.words.includes(word));
    found += card.hidden ? 0 : 1;
  }
  for (const group of catalogue.querySelectorAll("[data-catalogue-group]")) {
    group.hidden = !group.querySelector("[data-words]:not([hidden])");
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
