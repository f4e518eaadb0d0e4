"""llguidance and XGrammar (native) behind the protocol of protocol.ts: python engines.py ENGINE TOKENIZER_JSON.

XGrammar imports torch and transformers for things that a mask doesn't need; stand-ins for both keep gigabytes out of the
environment (a mask is written into a numpy array through DLPack).
"""

import base64
import json
import sys
import time
import types
import zlib

import numpy as np

COMPARED_WORDS = 4000
VOCABULARY_SIZE = 128256
STOP_TOKEN = 128001


class Engine:
    def __init__(self):
        self.row = np.zeros((1, (VOCABULARY_SIZE + 31) // 32), dtype=np.int32)

    def allows_stop(self):
        words = self.row.view(np.uint32)[0]
        return bool((int(words[STOP_TOKEN >> 5]) >> (STOP_TOKEN & 31)) & 1)


class Llguidance(Engine):
    def __init__(self, tokenizer_json):
        super().__init__()
        import llguidance

        self.library = llguidance
        self.tokenizer = llguidance.LLTokenizer(tokenizer_json, n_vocab=VOCABULARY_SIZE, eos_token=STOP_TOKEN)

    def compile(self, case, options):
        matcher = self.library.LLMatcher
        spec = case["spec"]
        if spec["type"] == "regex":
            grammar = matcher.grammar_from_regex(case.get("plainPattern", spec["pattern"]))
        elif spec["type"] == "ebnf":
            grammar = matcher.grammar_from_lark(case["lark"])
        else:
            exact = {
                "whitespace_flexible": False,
                "item_separator": ", ",
                "key_separator": ": ",
                "json_allow_general_unicode_escapes": True,
            }
            overrides = exact if options["json"] == "exact" else None
            grammar = matcher.grammar_from_json_schema(spec["schema"], overrides=overrides)
        self.compiled = matcher(self.tokenizer, grammar, log_level=0)
        if self.compiled.is_error():
            raise ValueError(self.compiled.get_error())

    def start(self):
        return self.compiled.deep_copy()

    def mask(self, matcher):
        row = self.row
        matcher.unsafe_compute_mask_ptr(row.ctypes.data, row.nbytes)

    def accept(self, matcher, token):
        return matcher.consume_token(token)

    def failure(self, matcher):
        return matcher.get_error() if matcher.is_error() else None


class Xgrammar(Engine):
    def __init__(self, tokenizer_json):
        super().__init__()
        import tvm_ffi  # noqa: F401  (before the stand-ins: it looks into a real torch if it finds one)

        class StandIn(types.ModuleType):
            def __getattr__(self, name):
                if name.startswith("__"):
                    raise AttributeError(name)
                return object

        torch = StandIn("torch")
        torch.int32 = np.int32
        torch.tensor = lambda value, dtype=None: np.array(value, dtype=dtype)
        sys.modules["torch"] = torch
        sys.modules["transformers"] = StandIn("transformers")
        import xgrammar

        self.library = xgrammar
        data = json.loads(tokenizer_json)
        spelling = [""] * VOCABULARY_SIZE
        for token, index in data["model"]["vocab"].items():
            spelling[index] = token
        for added in data["added_tokens"]:
            spelling[added["id"]] = added["content"]
        info = xgrammar.TokenizerInfo(
            spelling, xgrammar.VocabType.BYTE_LEVEL, vocab_size=VOCABULARY_SIZE, stop_token_ids=[STOP_TOKEN]
        )
        self.compiler = xgrammar.GrammarCompiler(info, max_threads=1, cache_enabled=False)

    def compile(self, case, options):
        spec = case["spec"]
        if spec["type"] == "regex":
            self.compiled = self.compiler.compile_regex(case.get("plainPattern", spec["pattern"]))
        elif spec["type"] == "ebnf":
            self.compiled = self.compiler.compile_grammar(spec["grammar"], root_rule_name=spec["root"])
        elif options["json"] == "exact":
            self.compiled = self.compiler.compile_json_schema(
                spec["schema"], any_whitespace=False, separators=(", ", ": "), strict_mode=False
            )
        else:
            self.compiled = self.compiler.compile_json_schema(spec["schema"], any_whitespace=True, strict_mode=False)

    def start(self):
        return self.library.GrammarMatcher(self.compiled)

    def mask(self, matcher):
        self.need_apply = matcher.fill_next_token_bitmask(self.row)

    def accept(self, matcher, token):
        return matcher.accept_token(token)

    def failure(self, _matcher):
        return None


def run(engine, ids, budget_ms):
    clock = time.perf_counter_ns
    matcher = engine.start()
    mask_us, accept_us, counts, hashes = [], [], [], []
    accepted, accepting, truncated, error = 0, False, False, None
    spent = 0
    for step in range(len(ids) + 1):
        before = clock()
        engine.mask(matcher)
        took = clock() - before
        spent += took
        error = engine.failure(matcher)
        if error is not None:
            break
        mask_us.append(took / 1000)
        words = engine.row[0, :COMPARED_WORDS]
        counts.append(int(np.bitwise_count(words.view(np.uint32)).sum()))
        hashes.append(zlib.crc32(words))
        accepting = engine.allows_stop()
        if step == len(ids):
            break
        if spent > budget_ms * 1e6:
            truncated = True
            break
        before = clock()
        went_on = engine.accept(matcher, ids[step])
        took = clock() - before
        spent += took
        if not went_on:
            break
        accept_us.append(took / 1000)
        accepted += 1
    reply = {
        "accepted": accepted,
        "accepting": accepting,
        "truncated": truncated,
        "maskUs": mask_us,
        "acceptUs": accept_us,
        "counts": counts,
        "hashes": hashes,
    }
    if error is not None:
        reply["error"] = error[:300]
    return reply


def handle(engine, request):
    if request["op"] == "compile":
        before = time.perf_counter_ns()
        try:
            engine.compile(request["case"], request["options"])
        except Exception as problem:  # a refusal is a result
            return {"ms": (time.perf_counter_ns() - before) / 1e6, "error": str(problem)[:300]}
        return {"ms": (time.perf_counter_ns() - before) / 1e6}
    if request["op"] == "run":
        return run(engine, request["ids"], request["budgetMs"])
    matcher = engine.start()
    for token in request["ids"]:
        engine.mask(matcher)
        engine.accept(matcher, token)
    engine.mask(matcher)
    return {"words": base64.b64encode(engine.row.tobytes()).decode()}


def main():
    with open(sys.argv[2], encoding="utf-8") as file:
        text = file.read()
    engine = {"llguidance": Llguidance, "xgrammar": Xgrammar}[sys.argv[1]](text)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(handle(engine, json.loads(line))), flush=True)


main()
