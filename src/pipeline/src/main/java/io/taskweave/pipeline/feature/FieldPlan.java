package io.taskweave.pipeline.feature;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.Pooling;
import java.io.Serializable;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.List;

/**
 * How one field is made from the log.
 *
 * @param kind a field with {@code edges} or {@code quantiles} is categorical
 * @param column column of the log
 * @param table embedding table; fields with the same table share one vocabulary
 * @param separator between the values of a text, taken literally; an array column needs none
 * @param minimumCount tokens rarer than this in the training part are out of vocabulary
 * @param hashBuckets number of ids if tokens are hashed instead of kept in a vocabulary; 0 if not
 * @param edges ascending bucket edges; a value equal to an edge belongs to the bucket above it
 * @param quantiles number of buckets whose edges are quantiles of the training part; 0 if none
 * @param log whether a number becomes {@code log(1 + x)}, after clipping
 * @param clipLow lowest number, null if unlimited
 * @param clipHigh highest number, null if unlimited
 * @param normalise whether the training part gets mean 0 and deviation 1, after the logarithm
 * @param missing stands for null, NaN and infinite numbers; without it a numeric field refuses them
 * @param idDropout share of known ids, in [0, 1), that training shows as out of vocabulary
 * @param maxValues of a multi-valued field: the first ones are kept
 * @param zone time zone of the derivations from epoch milliseconds
 */
public record FieldPlan(
    String name,
    FieldKind kind,
    String column,
    String table,
    Derivation derivation,
    String separator,
    int minimumCount,
    int hashBuckets,
    List<Double> edges,
    int quantiles,
    boolean log,
    Double clipLow,
    Double clipHigh,
    boolean normalise,
    Double missing,
    double idDropout,
    Pooling pooling,
    int maxValues,
    String zone)
    implements Serializable {
  public FieldPlan {
    edges = List.copyOf(edges);
    verify(name, !name.isBlank(), "name is empty", name);
    verify(name, minimumCount >= 1, "minimum-count must be at least 1", minimumCount);
    verify(name, hashBuckets >= 0, "hash-buckets must not be negative", hashBuckets);
    verify(name, quantiles == 0 || quantiles >= 2, "quantiles must be at least 2", quantiles);
    verify(name, maxValues >= 1, "max-values must be at least 1", maxValues);
    verify(name, idDropout >= 0 && idDropout < 1, "id-dropout must lie in [0, 1)", idDropout);
    verify(
        name, edges.isEmpty() || quantiles == 0, "edges and quantiles exclude each other", edges);
    boolean buckets = !edges.isEmpty() || quantiles > 0;
    verify(
        name,
        !buckets || (kind == FieldKind.CATEGORICAL && hashBuckets == 0),
        "buckets need a categorical field without hash-buckets",
        kind);
    for (int i = 0; i < edges.size(); i++) {
      double edge = edges.get(i);
      verify(
          name,
          Double.isFinite(edge) && (i == 0 || edge > edges.get(i - 1)),
          "edges must be finite and ascend",
          edges);
    }
    verify(
        name,
        clipLow == null || clipHigh == null || clipLow <= clipHigh,
        "the lower clip is above the upper one",
        clipLow + ", " + clipHigh);
    verify(
        name,
        kind == FieldKind.NUMERIC || !(log || normalise || clipLow != null || clipHigh != null),
        "log, clip and normalise need a numeric field",
        kind);
    try {
      ZoneId.of(zone);
    } catch (DateTimeException unknown) {
      throw new ConfigurationException(
          "Cannot define field " + name + ": unknown time zone (" + zone + ")", unknown);
    }
  }

  /** A categorical field out of the column of its own name, with a vocabulary of its own. */
  public static Builder categorical(String name) {
    return new Builder(name, FieldKind.CATEGORICAL);
  }

  public static Builder multiValued(String name) {
    return new Builder(name, FieldKind.MULTI_VALUED);
  }

  public static Builder numeric(String name) {
    return new Builder(name, FieldKind.NUMERIC);
  }

  /** The same field out of another column. */
  FieldPlan withColumn(String newName, String newColumn) {
    return new FieldPlan(
        newName,
        kind,
        newColumn,
        table,
        derivation,
        separator,
        minimumCount,
        hashBuckets,
        edges,
        quantiles,
        log,
        clipLow,
        clipHigh,
        normalise,
        missing,
        idDropout,
        pooling,
        maxValues,
        zone);
  }

  /** Whether the values are numbers that fall into buckets. */
  boolean isBucketed() {
    return !edges.isEmpty() || quantiles > 0;
  }

  /** Whether ids come out of a vocabulary. */
  boolean hasVocabulary() {
    return kind != FieldKind.NUMERIC && !isBucketed() && hashBuckets == 0;
  }

  private static void verify(String name, boolean holds, String problem, Object value) {
    if (!holds) {
      throw new ConfigurationException(
          String.format(
              "Cannot define field %s: %s (%s), change its configuration", name, problem, value));
    }
  }

  /** Collects the options of a field; what is not set has its default. */
  public static final class Builder {
    private final String name;
    private final FieldKind kind;
    private String column;
    private String table;
    private Derivation derivation = Derivation.NONE;
    private String separator = ",";
    private int minimumCount = 1;
    private int hashBuckets;
    private List<Double> edges = List.of();
    private int quantiles;
    private boolean log;
    private Double clipLow;
    private Double clipHigh;
    private boolean normalise;
    private Double missing;
    private double idDropout;
    private Pooling pooling = Pooling.MEAN;
    private int maxValues = 50;
    private String zone = "UTC";

    private Builder(String name, FieldKind kind) {
      this.name = name;
      this.kind = kind;
      this.column = name;
      this.table = name;
    }

    public Builder column(String value) {
      column = value;
      return this;
    }

    public Builder table(String value) {
      table = value;
      return this;
    }

    public Builder derivation(Derivation value) {
      derivation = value;
      return this;
    }

    public Builder separator(String value) {
      separator = value;
      return this;
    }

    public Builder minimumCount(int value) {
      minimumCount = value;
      return this;
    }

    public Builder hashBuckets(int value) {
      hashBuckets = value;
      return this;
    }

    public Builder edges(List<Double> value) {
      edges = value;
      return this;
    }

    public Builder quantiles(int value) {
      quantiles = value;
      return this;
    }

    public Builder log(boolean value) {
      log = value;
      return this;
    }

    /** Either bound may be null. */
    public Builder clip(Double low, Double high) {
      clipLow = low;
      clipHigh = high;
      return this;
    }

    public Builder normalise(boolean value) {
      normalise = value;
      return this;
    }

    public Builder missing(Double value) {
      missing = value;
      return this;
    }

    public Builder idDropout(double value) {
      idDropout = value;
      return this;
    }

    public Builder pooling(Pooling value) {
      pooling = value;
      return this;
    }

    public Builder maxValues(int value) {
      maxValues = value;
      return this;
    }

    public Builder zone(String value) {
      zone = value;
      return this;
    }

    public FieldPlan build() {
      return new FieldPlan(
          name,
          kind,
          column,
          table,
          derivation,
          separator,
          minimumCount,
          hashBuckets,
          edges,
          quantiles,
          log,
          clipLow,
          clipHigh,
          normalise,
          missing,
          idDropout,
          pooling,
          maxValues,
          zone);
    }
  }
}
