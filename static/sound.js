// Sounds on new, on late, on trouble. A browser plays nothing before the page was touched: the first touch
// plays a short tone, so that everybody hears whether the tablet's volume is up.
(() => {
  "use strict";
  const TONES = { // hertz and seconds, one after the other
    test: [[660, .08]],
    fresh: [[880, .1], [1175, .12]],
    late: [[587, .18], [440, .28]],
    trouble: [[330, .2], [330, .2], [330, .35]],
    wrong: [[150, .35], [150, .35], [150, .6]],
  };
  const GAP = .06;
  let audio = null;

  function play(name) {
    if (!audio) return;
    let at = audio.currentTime + .01;
    for (const [hertz, seconds] of TONES[name]) {
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

  const seen = {};
  document.addEventListener("weir:frame", () => {
    const now = document.getElementById("signs")?.dataset;
    if (!now) return;
    const rose = (key) => { const n = +now[key], was = seen[key]; seen[key] = n; return was !== undefined && n > was; };
    const trouble = rose("trouble"), late = rose("late"), fresh = rose("cups");
    if (trouble) play("trouble"); else if (late) play("late"); else if (fresh) play("fresh");
  });
  document.addEventListener("weir:lost", () => play("trouble"));
  document.addEventListener("weir:refused", () => play("late"));
  document.addEventListener("weir:wrong", () => play("wrong"));
})();
