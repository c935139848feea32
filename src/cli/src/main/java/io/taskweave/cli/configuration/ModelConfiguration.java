package io.taskweave.cli.configuration;

import io.taskweave.core.layer.Activation;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.GateInput;
import io.taskweave.core.model.ModelOptions;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.ModelType;
import io.taskweave.core.model.SharedGate;
import java.util.List;

/**
 * The model's shape.
 *
 * @param spec of the type that {@code type} names
 */
public record ModelConfiguration(ModelSpec spec) {
  static final String TYPE = "type";
  static final ModelType TYPE_DEFAULT = ModelType.STEM_NET;
  static final String EMBEDDING = "embedding";
  static final String SIZE = "size";
  static final int SIZE_DEFAULT = 16;
  static final String DEVIATION = "deviation";
  static final double DEVIATION_DEFAULT = 1e-4;
  static final String TABLES = "tables";
  static final String TABLES_DEFAULT = "shared";
  static final String TABLES_SEPARATE = "separate";
  static final String LAYERS = "layers";
  static final int LAYERS_DEFAULT = 1;
  static final String SHARED_EXPERTS = "shared-experts";
  static final int SHARED_EXPERTS_DEFAULT = 2;
  static final String SPECIFIC_EXPERTS = "specific-experts";
  static final int SPECIFIC_EXPERTS_DEFAULT = 1;
  static final String EXPERT_LAYERS = "expert-layers";
  static final List<Integer> EXPERT_LAYERS_DEFAULT = List.of(64, 64);
  static final String GATE_LAYERS = "gate-layers";
  static final List<Integer> GATE_LAYERS_DEFAULT = List.of(64, 32);
  static final String BOTTOM_LAYERS = "bottom-layers";
  static final List<Integer> BOTTOM_LAYERS_DEFAULT = List.of(128, 64);
  static final String TOWER_LAYERS = "tower-layers";
  static final List<Integer> TOWER_LAYERS_DEFAULT = List.of(64, 32);
  static final String DROPOUT = "dropout";
  static final double DROPOUT_DEFAULT = 0;
  static final String GATE_INPUT = "gate-input";
  static final String GATE_INPUT_DEFAULT = "own-plus-shared";
  static final String GATE_INPUT_OWN = "own";
  static final String STRICT_STOP = "strict-stop";
  static final boolean STRICT_STOP_DEFAULT = false;
  static final String SHARED_GATE = "shared-gate";
  static final String SHARED_GATE_DEFAULT = "all-experts";
  static final String SHARED_GATE_SHARED = "shared-experts";
  static final String ACTIVATION = "activation";
  static final Activation ACTIVATION_DEFAULT = Activation.RELU;
  static final String SCALED_INPUTS = "scaled-inputs";
  static final boolean SCALED_INPUTS_DEFAULT = false;
  static final String BIAS_FIELD = "bias-field";
  static final String BIAS_FIELD_DEFAULT = "";
  static final String SEQUENCES = "sequences";

  static ModelConfiguration read(Section section) {
    // Every key is read whatever the type, so that --set model.type alone changes the model.
    String type = section.choice(TYPE, TYPE_DEFAULT.key(), ModelType.keys());
    int size;
    double deviation;
    boolean separateTables;
    try (Section tables = section.section(EMBEDDING)) {
      size = tables.integer(SIZE, SIZE_DEFAULT, 1);
      deviation = tables.decimal(DEVIATION, DEVIATION_DEFAULT, 0, 10);
      separateTables = isOther(tables, TABLES, TABLES_DEFAULT, TABLES_SEPARATE);
    }
    EmbeddingSpec embedding;
    try (Section sequences = section.section(SEQUENCES)) {
      embedding =
          new EmbeddingSpec(size, deviation, SequenceConfiguration.read(sequences, deviation));
    }
    ModelOptions options =
        new ModelOptions(
            embedding,
            separateTables,
            section.integer(LAYERS, LAYERS_DEFAULT, 1),
            section.integer(SHARED_EXPERTS, SHARED_EXPERTS_DEFAULT, 1),
            section.integer(SPECIFIC_EXPERTS, SPECIFIC_EXPERTS_DEFAULT, 1),
            section.sizes(EXPERT_LAYERS, EXPERT_LAYERS_DEFAULT),
            section.sizes(GATE_LAYERS, GATE_LAYERS_DEFAULT),
            section.sizes(BOTTOM_LAYERS, BOTTOM_LAYERS_DEFAULT),
            section.sizes(TOWER_LAYERS, TOWER_LAYERS_DEFAULT),
            section.decimal(DROPOUT, DROPOUT_DEFAULT, 0, 0.999),
            isOther(section, GATE_INPUT, GATE_INPUT_DEFAULT, GATE_INPUT_OWN)
                ? GateInput.OWN
                : GateInput.OWN_PLUS_SHARED,
            section.flag(STRICT_STOP, STRICT_STOP_DEFAULT),
            isOther(section, SHARED_GATE, SHARED_GATE_DEFAULT, SHARED_GATE_SHARED)
                ? SharedGate.SHARED_EXPERTS
                : SharedGate.ALL_EXPERTS,
            Named.read(section, ACTIVATION, ACTIVATION_DEFAULT, Activation.values()),
            section.flag(SCALED_INPUTS, SCALED_INPUTS_DEFAULT),
            section.text(BIAS_FIELD, BIAS_FIELD_DEFAULT));
    return new ModelConfiguration(ModelType.of(type).orElse(TYPE_DEFAULT).specification(options));
  }

  private static boolean isOther(Section section, String key, String standard, String other) {
    return section.choice(key, standard, List.of(standard, other)).equals(other);
  }
}
