// The process in which a server tries constraints: the settings come first, then one request at a time. compile-trial.ts starts and ends it.
import { PlanTrial, type TrialError, type TrialRequest, type TrialSettings } from "../chat/plan/plan-trial.ts";

/** What it says to the server: that it has started, that it begins with a request, and what that ended in. */
export type TrialAnswer = "ready" | "begun" | { readonly error: TrialError | undefined } | { readonly fault: string };

const say = (answer: TrialAnswer) => process.send!(answer);

// Signals to the whole group are the server's to answer; with it, this ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
process.on("disconnect", () => process.exit());

process.once("message", (settings: TrialSettings) => {
  const trial = new PlanTrial(settings);
  process.on("message", (request: TrialRequest) => {
    say("begun");
    try {
      say({ error: trial.run(request) });
    } catch (error) {
      say({ fault: error instanceof Error ? error.message : String(error) });
    }
  });
  say("ready");
});
