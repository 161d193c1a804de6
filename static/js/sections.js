// The sections of a connection's page as tabs. Without this script they stand below each other, and
// the tabs are links to them.

const bar = document.querySelector("[data-section-tabs]");
const area = document.querySelector("[data-sections]");
const tabs = [...bar.querySelectorAll("a")];
const panels = tabs.map((tab) => document.getElementById(tab.hash.slice(1)));
const NEEDS_ATTENTION = "[aria-invalid=true], .edit-conflict";

bar.setAttribute("role", "tablist");
tabs.forEach((tab, index) => {
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", panels[index].id);
  panels[index].setAttribute("role", "tabpanel");
  if (!panels[index].querySelector("a, button, input, select, textarea, summary")) {
    panels[index].tabIndex = 0;
  }
});
open(firstSection());

bar.addEventListener("click", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (tab && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    choose(tabs.indexOf(tab));
  }
});

bar.addEventListener("keydown", (event) => {
  const at = tabs.indexOf(event.target);
  const last = tabs.length - 1;
  const next = {
    ArrowRight: at === last ? 0 : at + 1,
    ArrowLeft: at === 0 ? last : at - 1,
    Home: 0,
    End: last,
    " ": at,
  }[event.key];
  if (next !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    choose(next);
    tabs[next].focus();
  }
});

// A link of the page into a section, such as that of an error, opens it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link && !bar.contains(link)) {
    const section = sectionOf(link.hash);
    if (section >= 0) {
      open(section);
      document.getElementById(link.hash.slice(1)).focus();
    }
  }
});

window.addEventListener("hashchange", () => {
  const section = sectionOf(location.hash);
  if (section >= 0) {
    open(section);
  }
});

area.addEventListener("htmx:afterSwap", () => tabs.forEach(showErrors));

// The section of the address, unless another one needs attention.
function firstSection() {
  const wanted = sectionOf(location.hash);
  const troubled = panels.map((panel) => panel.querySelector(NEEDS_ATTENTION) !== null);
  if (troubled.includes(true) && !troubled[wanted]) {
    return troubled.indexOf(true);
  }
  return Math.max(wanted, 0);
}

function sectionOf(hash) {
  const target = hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
  return panels.findIndex((panel) => panel.contains(target));
}

function choose(chosen) {
  open(chosen);
  history.replaceState(history.state, "", tabs[chosen].hash);
}

function open(chosen) {
  tabs.forEach((tab, index) => {
    tab.setAttribute("aria-selected", String(index === chosen));
    tab.tabIndex = index === chosen ? 0 : -1;
    panels[index].hidden = index !== chosen;
  });
  area.dataset.open = panels[chosen].id;
}

function showErrors(tab, index) {
  const count = panels[index].querySelectorAll("[aria-invalid=true]").length;
  const badge = tab.querySelector(".tab-errors");
  badge.hidden = count === 0;
  badge.textContent = count === 1 ? bar.dataset.one : bar.dataset.many.replace("{count}", count);
}
