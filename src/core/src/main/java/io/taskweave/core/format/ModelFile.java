package io.taskweave.core.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.ModelType;
import io.taskweave.core.sample.SampleLayout;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * Model and samples in one JSON file beside the weights: with both, a model can be built again.
 *
 * @param model shape of the model
 * @param samples its fields, tasks and sequences, in order
 */
public record ModelFile(ModelSpec model, SampleLayout samples) {
  /** Version that this code writes; it reads the ones before too. */
  public static final int FORMAT_VERSION = 4;

  private static final int WITHOUT_ID_DROPOUT = 1;
  private static final int WITHOUT_SEQUENCES = 2;
  private static final int ONE_GATE_BY_TYPE = 3;

  private static final String VERSION = "format_version";
  private static final String TYPE = "type";
  private static final String MODEL = "model";
  private static final String SAMPLES = "samples";
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final ObjectWriter WRITER =
      JSON.writer(new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")));

  /** Writes the file; the stream stays open. */
  public void write(OutputStream output) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put(VERSION, FORMAT_VERSION);
    root.put(TYPE, model.type());
    root.set(MODEL, JSON.valueToTree(model));
    root.set(SAMPLES, JSON.valueToTree(samples));
    output.write(WRITER.writeValueAsBytes(root));
    output.write('\n');
  }

  /**
   * Reads a file.
   *
   * @throws CheckpointException if it is not a model file of a known version and type
   */
  public static ModelFile read(InputStream input) throws IOException {
    try {
      JsonNode root = JSON.readTree(input);
      int version = root.path(VERSION).asInt();
      if (version < WITHOUT_ID_DROPOUT || version > FORMAT_VERSION) {
        throw new CheckpointException(
            "Cannot read the model file: unknown format version ("
                + root.path(VERSION)
                + "), use a release that knows it");
      }
      upgrade(root, version);
      ModelSpec model = JSON.treeToValue(root.path(MODEL), specification(root.path(TYPE)));
      SampleLayout samples = JSON.treeToValue(root.path(SAMPLES), SampleLayout.class);
      if (model == null || samples == null) {
        throw new CheckpointException(
            "Cannot read the model file: no model or no samples in it, use an intact file");
      }
      return new ModelFile(model, samples);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          "Cannot read the model file: " + e.getOriginalMessage() + ", use an intact file", e);
    }
  }

  /** Adds what later versions added, with the values that say that it was not there. */
  private static void upgrade(JsonNode root, int version) {
    if (version <= WITHOUT_ID_DROPOUT) {
      for (JsonNode field : root.path(SAMPLES).path("fields")) {
        ((ObjectNode) field).put("idDropout", 0.0);
      }
    }
    if (version <= WITHOUT_SEQUENCES && root.path(SAMPLES) instanceof ObjectNode samples) {
      samples.putArray("sequences");
      if (root.path(MODEL).path("embedding") instanceof ObjectNode embedding
          && embedding.path("size").asInt() > 0) {
        EmbeddingSpec standard =
            new EmbeddingSpec(
                embedding.path("size").asInt(), embedding.path("deviation").asDouble());
        embedding.set("interest", JSON.valueToTree(standard.interest()));
      }
    }
    String type = root.path(TYPE).asText();
    if (version <= ONE_GATE_BY_TYPE
        && root.path(MODEL) instanceof ObjectNode model
        && List.of(ModelType.MMOE.key(), ModelType.OMOE.key()).contains(type)) {
      model.put("oneGate", type.equals(ModelType.OMOE.key()));
    }
  }

  private static Class<? extends ModelSpec> specification(JsonNode type) {
    return ModelType.of(type.asText())
        .orElseThrow(
            () ->
                new CheckpointException(
                    "Cannot read the model file: unknown model type ("
                        + type
                        + "), use a release that knows it"))
        .specification();
  }
}
