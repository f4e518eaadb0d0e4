// grammask: constrained decoding. See README.md for use, src/README.md for the map of the source.
export type { Exploration, ExploredState, ExploreOptions } from "./automaton/explore.ts";
export type { Mask } from "./automaton/mask.ts";
export type { AutomatonStats, TokenAutomaton } from "./automaton/token-automaton.ts";
export {
  ConstraintError,
  type ErrorCode,
  type Location,
  type PointerLocation,
  type TextLocation,
  type Violation,
} from "./base/errors.ts";
export { defaultLimits, type Limits } from "./base/limits.ts";
export type { DroppedKeyword } from "./json-schema/keywords/dropped-keywords.ts";
export { Compiler, type CompilerOptions } from "./matcher/compiler.ts";
export type { Constraint } from "./matcher/constraint.ts";
export type {
  ChoiceSpec,
  ConstraintSpec,
  EbnfSpec,
  JsonObjectSpec,
  JsonSchemaSpec,
  LegacyStructuralTagSpec,
  RegexSpec,
  ResponseFormatSpec,
  StructuralTagSpec,
  TextSpec,
} from "./matcher/lower-spec.ts";
export type { Matcher } from "./matcher/matcher.ts";
export type {
  JsonSchemaFormat,
  JsonStyle,
  LegacyStructure,
  Marker,
  StructuralFormat,
  TagFormat,
  TokenFormat,
} from "./structural-tag/format.ts";
export { Vocabulary, type VocabularyOptions } from "./vocabulary/vocabulary.ts";
