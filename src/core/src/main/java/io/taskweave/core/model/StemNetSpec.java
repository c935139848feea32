package io.taskweave.core.model;

import io.taskweave.core.sample.SampleLayout;
import java.util.List;

/**
 * Shape of STEM-Net (Su et al., AAAI 2024).
 *
 * @param embedding width and initial values of every table
 * @param layers stacked gating layers; 1 in the published configurations
 * @param sharedExperts shared experts a layer
 * @param specificExperts experts of each task a layer
 * @param expertLayers hidden widths of an expert, each followed by ReLU
 * @param gateLayers hidden widths of a gate; a linear map to one logit an expert follows
 * @param towerLayers hidden widths of each tower; a linear map to one logit follows
 * @param dropout probability in [0, 1) of zeroing a hidden unit, in every MLP
 * @param gateInput what a task gate looks at
 * @param strictStop with several layers: whether the shared gate, too, reads task experts without a
 *     gradient, so that no loss reaches another task's tables
 */
public record StemNetSpec(
    EmbeddingSpec embedding,
    int layers,
    int sharedExperts,
    int specificExperts,
    List<Integer> expertLayers,
    List<Integer> gateLayers,
    List<Integer> towerLayers,
    double dropout,
    GateInput gateInput,
    boolean strictStop)
    implements ModelSpec {
  public static final String TYPE = "stem-net";

  public StemNetSpec {
    expertLayers = List.copyOf(expertLayers);
    gateLayers = List.copyOf(gateLayers);
    towerLayers = List.copyOf(towerLayers);
    ShapeCheck.positive("layers", layers);
    ShapeCheck.positive("shared-experts", sharedExperts);
    ShapeCheck.positive("specific-experts", specificExperts);
    ShapeCheck.widths("expert-layers", expertLayers, false);
    ShapeCheck.widths("gate-layers", gateLayers, true);
    ShapeCheck.widths("tower-layers", towerLayers, true);
    ShapeCheck.dropout(dropout);
  }

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public MultiTaskModel create(SampleLayout samples) {
    return new StemNet(this, samples);
  }
}
