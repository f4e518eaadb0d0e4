// Compiling takes as long as a constraint is hard, and while it is done on the thread of the server all answers stand still. So each
// constraint that isn't known yet is compiled for trial first, in a process beside the server; one that takes too long or too much memory
// ends with that process, and what passes is compiled again here, for about as long. It is a process and no worker thread, because a thread
// that runs out of memory can take the others with it.
import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { extname } from "node:path";
import type { ChatDecoder } from "../chat/loop/chat-decoder.ts";
import { bindingField } from "../chat/plan/compile-answer.ts";
import type { DecodePlan } from "../chat/plan/decode-plan.ts";
import { type TrialRequest, trialSettings } from "../chat/plan/plan-trial.ts";
import { refusal } from "../chat/request/refusal.ts";
import { RequestError } from "../chat/request/request-error.ts";
import type { TrialAnswer } from "./compile-trial-process.ts";

export interface TrialLimits {
  readonly ms: number;
  readonly mebibytes: number;
}

interface Candidate {
  readonly plan: DecodePlan;
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How many refused constraints are remembered and how long, so that a client who asks again is told at once; a busy machine may have been slow. */
const maxRemembered = 1000;
const rememberedMs = 60_000;

export class CompileTrial {
  private readonly decoder: ChatDecoder;
  private readonly limits: TrialLimits;
  private readonly queue: Candidate[] = [];
  private current: Candidate | undefined;
  /** Started when the first constraint comes. */
  private child: ChildProcess | undefined;
  private isReady = false;
  private timer: NodeJS.Timeout | undefined;
  /** By a constraint's digest, the oldest first: the rule that it breaks. */
  private readonly refused = new Map<string, { readonly rule: string; readonly until: number }>();

  constructor(decoder: ChatDecoder, limits: TrialLimits) {
    this.decoder = decoder;
    this.limits = limits;
  }

  /**
   * Compiles the plan's constraint, when that is known to take no longer than it may; one at a time. `text` is the plan's request. Throws a
   * RequestError (code "limit" for what takes too long or too much memory), the signal's reason, and an Error where the process can't be started.
   */
  async compile(plan: DecodePlan, text: string, signal: AbortSignal): Promise<void> {
    if (plan.isCompiled) return;
    const known = this.refused.get(digestOf(plan));
    if (known !== undefined && performance.now() < known.until) throw refuse(plan, known.rule);
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const candidate = { plan, text, resolve, reject };
      signal.addEventListener("abort", () => this.leave(candidate, signal.reason), { once: true });
      this.queue.push(candidate);
      this.next();
    });
  }

  /** Ends the process. */
  close(): void {
    clearTimeout(this.timer);
    this.child?.kill("SIGKILL");
    this.child = undefined;
  }

  private next(): void {
    if (this.current !== undefined) return;
    this.current = this.queue.shift();
    if (this.current === undefined) return;
    // Another request has brought the same meanwhile.
    if (this.current.plan.isCompiled) this.end((plan) => plan.compile());
    else if (this.child === undefined) this.start();
    else if (this.isReady) this.try();
  }

  private start(): void {
    this.isReady = false;
    try {
      this.child = this.fork();
    } catch (error) {
      this.end(rejectWith(error));
    }
  }

  private fork(): ChildProcess {
    // Source or built, it is what this file is.
    const file = new URL(`./compile-trial-process${extname(import.meta.url)}`, import.meta.url);
    const child = fork(file, {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      // The last of several counts: the server itself may have been given more.
      execArgv: [...process.execArgv, `--max-old-space-size=${this.limits.mebibytes}`],
    });
    child.on("message", (answer: TrialAnswer) => {
      if (this.child === child) this.take(answer);
    });
    child.on("error", (error) => this.lose(child, error));
    child.on("exit", (code, signal) =>
      this.lose(child, new Error(`the process that tries constraints ended (${signal ?? code})`)),
    );
    child.send(trialSettings(this.decoder.engine, this.decoder.options));
    // It keeps nobody alive.
    child.unref();
    child.channel?.unref();
    return child;
  }

  private try(): void {
    const { text, plan } = this.current!;
    this.child!.send({ text, reasoning: plan.engineReasoning } satisfies TrialRequest);
  }

  private startTimer(): void {
    const candidate = this.current;
    const giveUp = () => {
      if (this.current === candidate) this.giveUp(`it takes longer than ${this.limits.ms / 1000} s to compile`);
    };
    // Where this thread has been busy, the answer may have come before its time was over: then it is read in this turn of the loop.
    this.timer = setTimeout(() => setImmediate(giveUp), this.limits.ms);
  }

  private take(answer: TrialAnswer): void {
    if (answer === "ready") {
      this.isReady = true;
      if (this.current !== undefined) this.try();
    } else if (answer === "begun") {
      this.startTimer();
    } else if ("fault" in answer) {
      this.end(rejectWith(new Error(answer.fault)));
    } else {
      const { error } = answer;
      this.end((plan) => {
        if (error !== undefined) throw new RequestError(error.code, error.message, error.location, error.violations);
        plan.compile();
      });
    }
  }

  /** The process has ended by itself, in the middle of a trial because of its memory. */
  private lose(child: ChildProcess, error: Error): void {
    if (this.child !== child) return;
    this.child = undefined;
    if (this.current === undefined) return;
    if (this.isReady) this.giveUp(`it takes more than ${this.limits.mebibytes} MiB to compile`);
    else this.end(rejectWith(error));
  }

  private giveUp(rule: string): void {
    this.close();
    const { plan } = this.current!;
    const digest = digestOf(plan);
    this.refused.delete(digest);
    if (this.refused.size >= maxRemembered) this.refused.delete(this.refused.keys().next().value!);
    this.refused.set(digest, { rule, until: performance.now() + rememberedMs });
    this.end(rejectWith(refuse(plan, rule)));
  }

  /** Its client has gone, or its time is over. */
  private leave(candidate: Candidate, reason: unknown): void {
    if (candidate === this.current) {
      if (this.isReady) this.close();
      this.end(rejectWith(reason));
      return;
    }
    const at = this.queue.indexOf(candidate);
    if (at < 0) return;
    this.queue.splice(at, 1);
    candidate.reject(reason);
  }

  /** The trial is over; `settle` throws what it ended in. */
  private end(settle: (plan: DecodePlan) => void): void {
    clearTimeout(this.timer);
    const { plan, resolve, reject } = this.current!;
    this.current = undefined;
    try {
      settle(plan);
      resolve();
    } catch (error) {
      reject(error);
    }
    this.next();
  }
}

function rejectWith(error: unknown): () => never {
  return () => {
    throw error;
  };
}

function refuse({ request }: DecodePlan, rule: string): RequestError {
  const advice = "make it smaller: fewer tools or alternatives, lower counts";
  return refusal(request, "limit", [[bindingField(request), `${rule}; ${advice}`]]);
}

function digestOf({ spec }: DecodePlan): string {
  return createHash("sha256").update(JSON.stringify(spec)).digest("base64");
}
