package io.taskweave.core.sequence;

import io.taskweave.core.error.ConfigurationException;
import java.io.Serializable;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * How each sequence becomes inputs of a model. An event's vector is that of its attributes side by
 * side plus its temporal row; so is the target's.
 *
 * @param attention how much each event counts
 * @param weights how scores become weights; attention of kind MEAN and SELF has no choice
 * @param temporal temporal encoding
 * @param attentionLayers hidden widths of a {@link AttentionKind#PERCEPTRON}, sigmoid each
 * @param projections whether queries, keys and values are linear maps of the vectors; for {@link
 *     AttentionKind#DOT} and {@link AttentionKind#SELF}
 * @param heads with projections: parts of the vectors that attend on their own
 * @param mapped whether the pooled history passes a scale and shift a channel and a linear map, as
 *     in the released code of TIN
 * @param columns what enters the model, in this order; without any, a model reads no history
 */
public record InterestSpec(
    AttentionKind attention,
    AttentionWeights weights,
    TemporalSpec temporal,
    List<Integer> attentionLayers,
    boolean projections,
    int heads,
    boolean mapped,
    List<InterestColumn> columns)
    implements Serializable {
  private static final List<Integer> DIN_LAYERS = List.of(80, 40);

  public InterestSpec {
    attentionLayers = List.copyOf(attentionLayers);
    columns = List.copyOf(columns);
    if (new LinkedHashSet<>(columns).size() != columns.size()) {
      throw refused("columns", columns, "each at most once");
    }
    for (int width : attentionLayers) {
      if (width < 1) {
        throw refused("attention-layers", attentionLayers, "positive widths");
      }
    }
    if (heads < 1 || (heads > 1 && !projections)) {
      throw refused("heads", heads, "1, or more together with projections");
    }
    if (projections && attention != AttentionKind.DOT && attention != AttentionKind.SELF) {
      throw refused(
          "projections", attention, "them to attention by dot products or self-attention");
    }
    if (weights == AttentionWeights.SIGMOID
        && (attention == AttentionKind.MEAN || attention == AttentionKind.SELF)) {
      throw refused("weights", weights, "softmax to attention of kind " + attention);
    }
  }

  /** TIN as published (Zhou et al., WWW 2024): u = sum of a_i (h_i x v). */
  public static InterestSpec tin(TemporalSpec temporal) {
    return of(AttentionKind.DOT, temporal, InterestColumn.PRODUCT);
  }

  /** TIN as its released code has it: the product follows a linear map of the pooled history. */
  public static InterestSpec releasedTin(TemporalSpec temporal) {
    return new InterestSpec(
        AttentionKind.DOT,
        AttentionWeights.SOFTMAX,
        temporal,
        DIN_LAYERS,
        false,
        1,
        true,
        List.of(InterestColumn.POOLED, InterestColumn.TARGET, InterestColumn.PRODUCT));
  }

  /** DIN (Zhou et al., KDD 2018) with softmax weights. */
  public static InterestSpec din() {
    return of(AttentionKind.PERCEPTRON, TemporalSpec.none(), InterestColumn.POOLED);
  }

  /** DIN with the target-aware representation beside the pooled history. */
  public static InterestSpec dinWithProduct() {
    return of(
        AttentionKind.PERCEPTRON,
        TemporalSpec.none(),
        InterestColumn.POOLED,
        InterestColumn.PRODUCT);
  }

  public static InterestSpec meanPooling() {
    return of(AttentionKind.MEAN, TemporalSpec.none(), InterestColumn.POOLED);
  }

  /** After BST (Chen et al., 2019): self-attention of history and target, and positions. */
  public static InterestSpec selfAttention(TemporalSpec temporal) {
    return of(AttentionKind.SELF, temporal, InterestColumn.POOLED, InterestColumn.PRODUCT);
  }

  private static InterestSpec of(
      AttentionKind attention, TemporalSpec temporal, InterestColumn... columns) {
    return new InterestSpec(
        attention,
        AttentionWeights.SOFTMAX,
        temporal,
        DIN_LAYERS,
        false,
        1,
        false,
        List.of(columns));
  }

  /** Histories are left out of the model. */
  public static InterestSpec none() {
    return of(AttentionKind.MEAN, TemporalSpec.none());
  }

  public InterestSpec withTemporal(TemporalSpec other) {
    return new InterestSpec(
        attention, weights, other, attentionLayers, projections, heads, mapped, columns);
  }

  public InterestSpec withAttention(AttentionKind other) {
    return new InterestSpec(
        other, weights, temporal, attentionLayers, projections, heads, mapped, columns);
  }

  public InterestSpec withWeights(AttentionWeights other) {
    return new InterestSpec(
        attention, other, temporal, attentionLayers, projections, heads, mapped, columns);
  }

  public InterestSpec withAttentionLayers(List<Integer> widths) {
    return new InterestSpec(
        attention, weights, temporal, widths, projections, heads, mapped, columns);
  }

  public InterestSpec withHeads(int count) {
    return new InterestSpec(
        attention, weights, temporal, attentionLayers, true, count, mapped, columns);
  }

  public InterestSpec withColumns(List<InterestColumn> others) {
    return new InterestSpec(
        attention, weights, temporal, attentionLayers, projections, heads, mapped, others);
  }

  private static ConfigurationException refused(String name, Object value, String wanted) {
    return new ConfigurationException(
        "Cannot pool sequences: " + name + " is out of range (" + value + "), give " + wanted);
  }
}
