package io.taskweave.pipeline.importing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.core.error.InputRejectedException;
import org.apache.spark.sql.api.java.UDF1;

/** The last name of the last path of categories; null where there is none. */
final class LastCategory implements UDF1<String, String> {
  private static final long serialVersionUID = 1;
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
          .enable(JsonReadFeature.ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER)
          .build();

  @Override
  public String call(String paths) {
    if (paths == null || paths.isBlank()) {
      return null;
    }
    String text = paths.strip();
    String name = text.startsWith("[") ? lastOf(text) : text.substring(text.lastIndexOf('|') + 1);
    return name == null || name.isBlank() ? null : name.strip();
  }

  private static String lastOf(String paths) {
    try {
      JsonNode node = JSON.readTree(paths);
      while (node != null && node.isArray()) {
        node = node.get(node.size() - 1);
      }
      return node == null || node.isNull() ? null : node.asText();
    } catch (JsonProcessingException wrong) {
      throw new InputRejectedException(
          "Cannot read categories: they are no lists of names (" + paths + "), correct the file",
          wrong);
    }
  }
}
