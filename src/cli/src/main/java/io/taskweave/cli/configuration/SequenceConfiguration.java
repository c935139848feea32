package io.taskweave.cli.configuration;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.sequence.AttentionKind;
import io.taskweave.core.sequence.AttentionWeights;
import io.taskweave.core.sequence.InterestColumn;
import io.taskweave.core.sequence.InterestSpec;
import io.taskweave.core.sequence.TemporalKind;
import io.taskweave.core.sequence.TemporalSpec;
import java.util.List;

/**
 * How histories become inputs of any model: a published model's way by its name, and options that
 * change it.
 */
final class SequenceConfiguration {
  static final String POOLING = "pooling";
  static final Pooling POOLING_DEFAULT = Pooling.TIN;
  static final String ATTENTION = "attention";
  static final String WEIGHTS = "weights";
  static final String TEMPORAL = "temporal";
  static final String POSITIONS = "positions";
  static final String INTERVAL_EDGES = "interval-edges-seconds";
  static final String TEMPORAL_DEVIATION = "temporal-deviation";
  static final String ATTENTION_LAYERS = "attention-layers";
  static final String PROJECTIONS = "projections";
  static final String HEADS = "heads";
  static final String MAPPED = "mapped";
  static final String COLUMNS = "columns";

  private static final long MILLIS = 1000;

  /** Ways with a name. */
  enum Pooling {
    TIN,
    RELEASED_TIN,
    DIN,
    DIN_PRODUCT,
    MEAN,
    SELF_ATTENTION,
    NONE
  }

  private SequenceConfiguration() {}

  /**
   * Reads.
   *
   * @param deviation of the tables, which that of the temporal table follows
   */
  static InterestSpec read(Section section, double deviation) {
    Pooling pooling = Named.read(section, POOLING, POOLING_DEFAULT, Pooling.values());
    InterestSpec named = named(pooling, deviation);
    TemporalSpec time = named.temporal();
    List<Long> seconds = section.wholes(INTERVAL_EDGES);
    AttentionKind attention =
        Named.read(section, ATTENTION, named.attention(), AttentionKind.values());
    AttentionWeights weights =
        Named.read(section, WEIGHTS, named.weights(), AttentionWeights.values());
    TemporalKind kind = Named.read(section, TEMPORAL, time.kind(), TemporalKind.values());
    int positions = section.integer(POSITIONS, time.positions(), 1);
    double temporalDeviation = section.decimal(TEMPORAL_DEVIATION, deviation, 0, 10);
    List<Integer> layers = section.sizes(ATTENTION_LAYERS, named.attentionLayers());
    boolean projections = section.flag(PROJECTIONS, named.projections());
    int heads = section.integer(HEADS, named.heads(), 1);
    boolean mapped = section.flag(MAPPED, named.mapped());
    List<InterestColumn> columns =
        Named.readAll(section, COLUMNS, named.columns(), InterestColumn.values());
    List<Long> edges =
        seconds.isEmpty()
            ? time.edgesMillis()
            : seconds.stream().map(edge -> edge * MILLIS).toList();
    try {
      return new InterestSpec(
          attention,
          weights,
          new TemporalSpec(kind, positions, edges, temporalDeviation),
          layers,
          projections,
          heads,
          mapped,
          columns);
    } catch (ConfigurationException e) {
      section.problem(POOLING, e.getMessage());
      return named;
    }
  }

  private static InterestSpec named(Pooling pooling, double deviation) {
    TemporalSpec positions = TemporalSpec.byPosition(deviation);
    return switch (pooling) {
      case TIN -> InterestSpec.tin(positions);
      case RELEASED_TIN -> InterestSpec.releasedTin(positions);
      case DIN -> InterestSpec.din();
      case DIN_PRODUCT -> InterestSpec.dinWithProduct();
      case MEAN -> InterestSpec.meanPooling();
      case SELF_ATTENTION -> InterestSpec.selfAttention(positions);
      case NONE -> InterestSpec.none();
    };
  }
}
