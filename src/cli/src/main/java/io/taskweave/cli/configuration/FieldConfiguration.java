package io.taskweave.cli.configuration;

import java.util.List;
import java.util.Optional;

/**
 * One field of a sample.
 *
 * @param kind {@code categorical}, {@code multi-valued} or {@code numeric}
 * @param column of the log
 * @param table whose rows it shares
 * @param derive {@code none}, {@code first}, {@code hour} (of hhmm), {@code hour-of-time} or {@code
 *     day-of-week} (of epoch milliseconds)
 * @param separator between the values of a text
 * @param hashBuckets ids by hash instead of a vocabulary; 0 for a vocabulary
 * @param edges of the buckets of a number
 * @param quantiles number of buckets of about equal counts; 0 for none
 * @param transforms of a number: {@code log}, {@code normalise}; clipping comes before both
 * @param missing stands for a number that is not there
 * @param idDropout share of known ids hidden while training
 * @param pooling {@code mean} or {@code sum}
 * @param maxValues values kept of a multi-valued field
 */
public record FieldConfiguration(
    String name,
    String kind,
    String column,
    String table,
    String derive,
    String separator,
    int minimumCount,
    int hashBuckets,
    List<Double> edges,
    int quantiles,
    List<String> transforms,
    Optional<Double> clipLow,
    Optional<Double> clipHigh,
    Optional<Double> missing,
    double idDropout,
    String pooling,
    int maxValues) {
  static final String NAME = "name";
  static final String KIND = "kind";
  static final String KIND_DEFAULT = "categorical";
  static final List<String> KINDS = List.of("categorical", "multi-valued", "numeric");
  static final String COLUMN = "column";
  static final String TABLE = "table";
  static final String DERIVE = "derive";
  static final String DERIVE_DEFAULT = "none";
  static final List<String> DERIVATIONS =
      List.of("none", "first", "hour", "hour-of-time", "day-of-week");
  static final String SEPARATOR = "separator";
  static final String SEPARATOR_DEFAULT = ",";
  static final String MINIMUM_COUNT = "minimum-count";
  static final String HASH_BUCKETS = "hash-buckets";
  static final int HASH_BUCKETS_DEFAULT = 0;
  static final String BUCKETS = "buckets";
  static final String EDGES = "edges";
  static final String QUANTILES = "quantiles";
  static final int QUANTILES_DEFAULT = 0;
  static final String TRANSFORMS = "transforms";
  static final List<String> TRANSFORM_NAMES = List.of("log", "normalise");
  static final String CLIP = "clip";
  static final String LOW = "low";
  static final String HIGH = "high";
  static final String MISSING = "missing";
  static final String ID_DROPOUT = "id-dropout";
  static final double ID_DROPOUT_DEFAULT = 0;
  static final String POOLING = "pooling";
  static final String POOLING_DEFAULT = "mean";
  static final List<String> POOLINGS = List.of("mean", "sum");
  static final String MAX_VALUES = "max-values";
  static final int MAX_VALUES_DEFAULT = 16;

  static FieldConfiguration read(Section section, int minimumCount) {
    String name = section.requiredText(NAME, "the name of the field");
    List<Double> edges;
    int quantiles;
    try (Section buckets = section.section(BUCKETS)) {
      edges = buckets.decimals(EDGES, List.of());
      quantiles = buckets.integer(QUANTILES, QUANTILES_DEFAULT, 2);
    }
    for (int i = 1; i < edges.size(); i++) {
      if (!(edges.get(i - 1) < edges.get(i))) {
        section.problem(BUCKETS, "must have rising edges (" + edges + ")");
        break;
      }
    }
    Optional<Double> low;
    Optional<Double> high;
    try (Section clip = section.section(CLIP)) {
      low = bound(clip, LOW);
      high = bound(clip, HIGH);
    }
    List<String> transforms = section.texts(TRANSFORMS, List.of());
    if (!TRANSFORM_NAMES.containsAll(transforms)) {
      section.problem(
          TRANSFORMS, "must be of " + String.join(", ", TRANSFORM_NAMES) + " (" + transforms + ")");
    }
    return new FieldConfiguration(
        name,
        section.choice(KIND, KIND_DEFAULT, KINDS),
        section.text(COLUMN, name),
        section.text(TABLE, name),
        section.choice(DERIVE, DERIVE_DEFAULT, DERIVATIONS),
        section.text(SEPARATOR, SEPARATOR_DEFAULT),
        section.integer(MINIMUM_COUNT, minimumCount, 1),
        section.integer(HASH_BUCKETS, HASH_BUCKETS_DEFAULT, 0),
        edges,
        quantiles,
        transforms,
        low,
        high,
        bound(section, MISSING),
        section.decimal(ID_DROPOUT, ID_DROPOUT_DEFAULT, 0, 1),
        section.choice(POOLING, POOLING_DEFAULT, POOLINGS),
        section.integer(MAX_VALUES, MAX_VALUES_DEFAULT, 1));
  }

  private static Optional<Double> bound(Section section, String key) {
    return section.has(key)
        ? Optional.of(section.decimal(key, 0, -Double.MAX_VALUE, Double.MAX_VALUE))
        : Optional.empty();
  }
}
