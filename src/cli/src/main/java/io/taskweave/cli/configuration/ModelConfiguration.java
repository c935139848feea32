package io.taskweave.cli.configuration;

import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.GateInput;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.SharedBottomSpec;
import io.taskweave.core.model.SingleTaskSpec;
import io.taskweave.core.model.StemNetSpec;
import java.util.List;

/**
 * The model's shape.
 *
 * @param spec of the type that {@code type} names
 */
public record ModelConfiguration(ModelSpec spec) {
  static final String TYPE = "type";
  static final String TYPE_DEFAULT = StemNetSpec.TYPE;
  static final List<String> TYPES =
      List.of(StemNetSpec.TYPE, SharedBottomSpec.TYPE, SingleTaskSpec.TYPE);
  static final String EMBEDDING = "embedding";
  static final String SIZE = "size";
  static final int SIZE_DEFAULT = 16;
  static final String DEVIATION = "deviation";
  static final double DEVIATION_DEFAULT = 1e-4;
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
  static final String STRICT_STOP = "strict-stop";
  static final boolean STRICT_STOP_DEFAULT = false;

  static ModelConfiguration read(Section section) {
    EmbeddingSpec embedding;
    try (Section tables = section.section(EMBEDDING)) {
      embedding =
          new EmbeddingSpec(
              tables.integer(SIZE, SIZE_DEFAULT, 1),
              tables.decimal(DEVIATION, DEVIATION_DEFAULT, 0, 10));
    }
    // Every key is read whatever the type, so that --set model.type alone changes the model.
    String type = section.choice(TYPE, TYPE_DEFAULT, TYPES);
    List<Integer> bottom = section.sizes(BOTTOM_LAYERS, BOTTOM_LAYERS_DEFAULT);
    List<Integer> towers = section.sizes(TOWER_LAYERS, TOWER_LAYERS_DEFAULT);
    double dropout = section.decimal(DROPOUT, DROPOUT_DEFAULT, 0, 0.999);
    StemNetSpec stemNet =
        new StemNetSpec(
            embedding,
            section.integer(LAYERS, LAYERS_DEFAULT, 1),
            section.integer(SHARED_EXPERTS, SHARED_EXPERTS_DEFAULT, 1),
            section.integer(SPECIFIC_EXPERTS, SPECIFIC_EXPERTS_DEFAULT, 1),
            section.sizes(EXPERT_LAYERS, EXPERT_LAYERS_DEFAULT),
            section.sizes(GATE_LAYERS, GATE_LAYERS_DEFAULT),
            towers,
            dropout,
            section
                    .choice(GATE_INPUT, GATE_INPUT_DEFAULT, List.of(GATE_INPUT_DEFAULT, "own"))
                    .equals("own")
                ? GateInput.OWN
                : GateInput.OWN_PLUS_SHARED,
            section.flag(STRICT_STOP, STRICT_STOP_DEFAULT));
    return new ModelConfiguration(
        switch (type) {
          case SharedBottomSpec.TYPE -> new SharedBottomSpec(embedding, bottom, towers, dropout);
          case SingleTaskSpec.TYPE -> new SingleTaskSpec(embedding, bottom, towers, dropout);
          default -> stemNet;
        });
  }
}
