package io.taskweave.core.model;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The models that configurations and model files can name. A new model is a class that implements
 * {@link ModelSpec} and an entry here; an option that no model has yet is also one of {@link
 * ModelOptions}.
 */
public enum ModelType {
  STEM_NET("stem-net", StemNetSpec.class, StemNetSpec::of),
  MMOE("mmoe", MixtureSpec.class, MixtureSpec::mmoe),
  OMOE("omoe", MixtureSpec.class, MixtureSpec::omoe),
  PLE("ple", PleSpec.class, PleSpec::of),
  AITM("aitm", AitmSpec.class, AitmSpec::of),
  ESMM("esmm", EsmmSpec.class, EsmmSpec::of),
  SHARED_BOTTOM("shared-bottom", SharedBottomSpec.class, SharedBottomSpec::of),
  SINGLE_TASK("single-task", SingleTaskSpec.class, SingleTaskSpec::of),
  INTEREST_NET("interest-net", InterestNetSpec.class, InterestNetSpec::of);

  private final String key;
  private final Class<? extends ModelSpec> specification;

  // Method references hold no state.
  @SuppressWarnings("ImmutableEnumChecker")
  private final Function<ModelOptions, ModelSpec> reader;

  <T extends ModelSpec> ModelType(
      String key, Class<T> specification, Function<ModelOptions, T> reader) {
    this.key = key;
    this.specification = specification;
    this.reader = reader::apply;
  }

  /** Name in configurations and files. */
  public String key() {
    return key;
  }

  /** The record that a model file holds. */
  public Class<? extends ModelSpec> specification() {
    return specification;
  }

  /** The specification that takes its values from the options. */
  public ModelSpec specification(ModelOptions options) {
    return reader.apply(options);
  }

  public static List<String> keys() {
    return Arrays.stream(values()).map(ModelType::key).toList();
  }

  public static Optional<ModelType> of(String key) {
    return Arrays.stream(values()).filter(type -> type.key.equals(key)).findFirst();
  }

  static ModelType of(ModelSpec spec) {
    return Arrays.stream(values())
        .filter(type -> type.specification == spec.getClass())
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("Cannot name a model: no entry " + spec));
  }
}
