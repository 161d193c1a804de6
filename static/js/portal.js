// What every page of the portal does beyond HTML: messages go away, menus close, times are local.

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".callout").remove();
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (!menu.contains(event.target)) {
      menu.open = false;
    }
  }
});

document.documentElement.classList.add("has-dismiss");

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("[data-menu][open]");
  if (event.key === "Escape" && menu) {
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// The reader's own way of writing dates in the page's language, such as en-GB.
const pageLanguage = document.documentElement.lang;
const language =
  navigator.languages.find((each) => each.split("-")[0] === pageLanguage.split("-")[0]) ?? pageLanguage;
const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" });
const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium" });

// A time with data-local comes with its day and its clock in UTC, which become its title.
function showLocalTimes() {
  for (const time of document.querySelectorAll("time[datetime]:not([data-local=shown])")) {
    const moment = new Date(time.dateTime);
    if ("local" in time.dataset) {
      time.title = time.textContent;
      time.dataset.local = "shown";
      time.children[0].textContent = day.format(moment);
      time.children[1].textContent = clock.format(moment);
    } else {
      time.title = exact.format(moment);
    }
  }
}

showLocalTimes();
document.addEventListener("htmx:afterSwap", showLocalTimes);
