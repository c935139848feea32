package io.taskweave.core.model;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.layer.Activation;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.SampleLayout;
import java.util.List;

/**
 * Shape of the sequence models: one table a field, histories pooled as {@link
 * EmbeddingSpec#interest} says, and on both a tower for each task. By that choice it is TIN, DIN,
 * mean pooling, self-attention, or something between them.
 *
 * @param embedding width and initial values of every table, and the pooling of histories
 * @param towerLayers hidden widths of each tower; a linear map to one logit follows
 * @param activation of the towers' hidden layers
 * @param scaledInputs whether the towers' inputs pass a scale and shift a channel, as in the
 *     released code of TIN
 * @param biasField categorical field each of whose ids has a bias of its own in the logit, as the
 *     item has in the released code of TIN; empty for none
 * @param dropout probability in [0, 1) of zeroing a hidden unit
 */
public record InterestNetSpec(
    EmbeddingSpec embedding,
    List<Integer> towerLayers,
    Activation activation,
    boolean scaledInputs,
    String biasField,
    double dropout)
    implements ModelSpec {
  public InterestNetSpec {
    towerLayers = ShapeCheck.anyWidths("tower-layers", towerLayers);
    ShapeCheck.dropout(dropout);
  }

  static InterestNetSpec of(ModelOptions options) {
    return new InterestNetSpec(
        options.embedding(),
        options.towerLayers(),
        options.activation(),
        options.scaledInputs(),
        options.biasField(),
        options.dropout());
  }

  @Override
  public MultiTaskModel create(SampleLayout samples, Blas blas) {
    int bias = biasField.isEmpty() ? -1 : fieldOfBias(samples);
    return new TowerModel(
        samples,
        blas,
        registry -> new InterestNet(registry, this, samples, bias),
        LogitLink.IDENTITY,
        towerLayers,
        activation,
        dropout);
  }

  private int fieldOfBias(SampleLayout samples) {
    for (int f = 0; f < samples.fields().size(); f++) {
      Field field = samples.fields().get(f);
      if (field.name().equals(biasField) && field.kind() == FieldKind.CATEGORICAL) {
        return f;
      }
    }
    throw new ConfigurationException(
        "Cannot build a model: no categorical field to have a bias ("
            + biasField
            + "), choose one of the samples' fields");
  }
}
