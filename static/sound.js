// Sounds on new, on late, on trouble. Each channel has a tone of its own for its new orders. A browser plays nothing before
// the page was touched: the first touch plays a short tone, so that everybody hears whether the tablet's volume is up. What a
// tablet leaves out, and until when it is mute, is remembered by the tablet; trouble is never mute.
(() => {
  "use strict";
  const TONES = { // hertz and seconds, one after the other
    test: [[660, .08]],
    call: [[1047, .2], [784, .35]], // in the place of a voice
    late: [[587, .18], [440, .28]],
    trouble: [[330, .2], [330, .2], [330, .35]],
    wrong: [[150, .35], [150, .35], [150, .6]],
  };
  // New orders, by the place of their channel in the shop's list: rising, falling, knocking, high, low, long.
  const FRESH = [
    [[880, .1], [1175, .12]], [[1175, .1], [784, .14]], [[988, .06], [988, .06], [988, .06]], [[1568, .08], [1568, .1]],
    [[523, .12], [659, .12]], [[740, .3]],
  ];
  const KEPT = "weir_sound";
  const GAP = .06;
  let audio = null;

  function play(name) {
    if (!audio) return;
    let at = audio.currentTime + .01;
    for (const [hertz, seconds] of TONES[name] ?? FRESH[name.split("-")[1] % FRESH.length]) {
      const tone = audio.createOscillator(), level = audio.createGain();
      tone.type = name === "wrong" || name === "trouble" ? "square" : "sine";
      tone.frequency.value = hertz;
      level.gain.setValueAtTime(.25, at);
      level.gain.exponentialRampToValueAtTime(.001, at + seconds);
      tone.connect(level).connect(audio.destination);
      tone.start(at);
      tone.stop(at + seconds);
      at += seconds + GAP;
    }
    document.documentElement.dataset.sound = name;
  }

  function wake() {
    if (audio || !window.AudioContext) return;
    audio = new AudioContext();
    play("test");
  }
  addEventListener("pointerdown", wake, true);
  addEventListener("keydown", wake, true);

  const settings = () => {
    try { return { until: 0, off: [], ...JSON.parse(localStorage.getItem(KEPT)) }; } catch { return { until: 0, off: [] }; }
  };
  const mute = () => settings().until > Date.now();
  const quiet = (name) => { if (!mute()) play(name); };

  const seen = {};
  const rose = (key, n) => { const was = seen[key]; seen[key] = Math.max(n, was ?? n); return was !== undefined && n > was; };
  document.addEventListener("weir:frame", () => {
    sign();
    const now = document.getElementById("signs")?.dataset;
    if (!now) return;
    const trouble = +now.trouble > seen.trouble, late = +now.late > seen.late, off = settings().off;
    seen.trouble = +now.trouble; seen.late = +now.late; // these go down again
    let fresh = -1;
    (now.fresh ?? "").split(" ").forEach((channel, place) => {
      const [id, at] = channel.split("=");
      if (rose("fresh-" + id, +at) && !off.includes(id)) fresh = place;
    });
    if (trouble) play("trouble"); else if (late) quiet("late"); else if (fresh >= 0) quiet("fresh-" + fresh);
  });

  // sign says on the board until when it is mute.
  function sign() {
    const link = document.getElementById("sound");
    if (!link) return;
    link.classList.toggle("muted", mute());
    link.lastElementChild.textContent = mute() ? clock(settings().until) : "";
  }
  const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  setInterval(sign, 5000);

  // The page on which the tablet's sounds are chosen.
  const form = document.getElementById("sounds");
  if (form) {
    const keep = (change) => { localStorage.setItem(KEPT, JSON.stringify({ ...settings(), ...change })); show(); };
    const show = () => {
      const { off } = settings();
      for (const b of form.querySelectorAll("[data-channel]")) b.checked = !off.includes(b.dataset.channel);
      document.getElementById("muted").textContent = mute() ? form.dataset.muted.replace("#", clock(settings().until)) : form.dataset.loud;
    };
    form.addEventListener("change", (e) => {
      const { channel } = e.target.dataset, off = settings().off.filter((c) => c !== channel);
      keep({ off: e.target.checked ? off : off.concat(channel) });
    });
    form.addEventListener("click", (e) => {
      const b = e.target.closest("button");
      if (!b) return;
      e.preventDefault();
      if (b.dataset.play) play(b.dataset.play);
      else if (b.dataset.minutes) keep({ until: b.dataset.minutes === "0" ? 0 : Date.now() + b.dataset.minutes * 60000 });
    });
    form.hidden = false;
    show();
  }
  document.addEventListener("weir:lost", () => play("trouble"));
  document.addEventListener("weir:refused", () => play("late"));
  document.addEventListener("weir:call", () => play("call"));
  document.addEventListener("weir:wrong", () => play("wrong"));
})();
