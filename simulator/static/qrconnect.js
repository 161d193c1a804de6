"use strict";

// The long poll of the QR code page, with WeChat's numbers and pauses.
const WAITING = 408;
const SCANNED = 404;
const CANCELLED = 403;
const CONFIRMED = 405;

const page = document.querySelector(".impowerBox");
const { poll: pollAddress, beforeCode, afterCode, afterRefusal, selfRedirect } = page.dataset;

const show = (id) => {
  for (const status of page.querySelectorAll(".js_status")) status.hidden = status.id !== id;
};

const go = (address) => {
  const frame = selfRedirect === "true" ? window : window.top;
  frame.location.href = address;
};

const pollAgain = (pause, last) => setTimeout(poll, pause, last);

function react({ wx_errcode: news, wx_code: code }, last) {
  if (news === CONFIRMED) {
    go(beforeCode + code + afterCode);
  } else if (news === SCANNED) {
    show("wx_after_scan");
    pollAgain(100, SCANNED);
  } else if (news === CANCELLED && afterRefusal) {
    go(afterRefusal);
  } else if (news === CANCELLED) {
    show("wx_after_cancel");
    pollAgain(2000, CANCELLED);
  } else if (news === WAITING) {
    pollAgain(2000, last);
  } else {
    location.reload();
  }
}

async function poll(last) {
  const known = last ? `&last=${last}` : "";
  try {
    const answer = await fetch(`${pollAddress}${known}&f=json&_=${Date.now()}`, {
      signal: AbortSignal.timeout(60_000),
    });
    react(await answer.json(), last);
  } catch {
    pollAgain(5000, last);
  }
}

poll();
