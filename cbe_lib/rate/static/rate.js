// Keeps what is typed on the server every few seconds, and says when there is no connection. The page works without it.
"use strict";
const form = document.getElementById("rate");
const said = document.getElementById("draft");
const AFTER = 1500, AGAIN = 5000;
let timer = null, sending = null, leaving = false;

function later(wait) {
  clearTimeout(timer);
  timer = setTimeout(keep, wait);
}

async function keep() {
  if (leaving) return;
  sending = new AbortController();
  try {
    const answer = await fetch(form.dataset.draft, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: sending.signal });
    const told = await answer.json();
    said.textContent = answer.ok
      ? `Draft kept at ${told.kept}. Not saved as a vote yet.`
      : `The draft could not be kept. ${told.problem || ""}`;
  } catch (problem) {
    if (leaving) return;
    said.textContent = "No connection. What you typed is still on this page: leave it open. Trying again in a moment.";
    later(AGAIN);
  }
}

form.addEventListener("input", () => later(AFTER));
form.addEventListener("submit", event => {
  if (!navigator.onLine) {
    event.preventDefault();
    said.textContent = "No connection, so nothing was saved. What you typed is still on this page: try again when you are back online.";
    said.scrollIntoView({ block: "center" });
    return;
  }
  leaving = true;
  clearTimeout(timer);
  if (sending) sending.abort();
});
// Back by the back button: the form may be sent again.
window.addEventListener("pageshow", () => { leaving = false; });
