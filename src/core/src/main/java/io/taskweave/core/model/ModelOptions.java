package io.taskweave.core.model;

import io.taskweave.core.layer.Activation;
import java.util.List;

/**
 * What a configuration says of a model's shape. A type takes what it has a use for, and checks that
 * alone; the meanings are those of its specification.
 */
public record ModelOptions(
    EmbeddingSpec embedding,
    boolean separateTables,
    int layers,
    int sharedExperts,
    int specificExperts,
    List<Integer> expertLayers,
    List<Integer> gateLayers,
    List<Integer> bottomLayers,
    List<Integer> towerLayers,
    double dropout,
    GateInput gateInput,
    boolean strictStop,
    SharedGate sharedGate,
    Activation activation,
    boolean scaledInputs,
    String biasField) {}
