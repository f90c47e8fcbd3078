// Tones for whale prints: YES higher, NO lower, longer for more dollars. Off until asked
// for: the click that turns it on is what browsers want before they let a page be heard.

import type { Trade } from "../lib/messages";
import { TIERS, type Tier } from "./tiers";

const YES_HZ = 660;
const NO_HZ = 330;
const VOLUME = 0.08;
const SHORTEST_S = 0.09;
const A_SECOND_MAX = 6;

export class Sound {
  #context: AudioContext | null = null;
  #played: number[] = [];

  /** Makes ready, within a click. */
  unlock(): void {
    this.#context ??= new AudioContext();
    void this.#context.resume();
  }

  /** Plays a print of a tier, unless too many have just been played. */
  play(side: Trade["taker_outcome_side"], tier: Tier): void {
    const context = this.#context;
    if (!context || context.state !== "running") return;
    const now = context.currentTime;
    this.#played = this.#played.filter((at) => at > now - 1);
    if (this.#played.length >= A_SECOND_MAX) return;
    this.#played.push(now);
    const tone = context.createOscillator();
    const gain = context.createGain();
    const endS = now + SHORTEST_S * (1 + TIERS.indexOf(tier));
    tone.frequency.value = side === "yes" ? YES_HZ : NO_HZ;
    gain.gain.setValueAtTime(VOLUME, now);
    gain.gain.exponentialRampToValueAtTime(0.001, endS);
    tone.connect(gain).connect(context.destination);
    tone.start(now);
    tone.stop(endS);
  }
}
