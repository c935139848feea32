package io.taskweave.pipeline.feature;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.ObjectType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.JavaConverters;

/**
 * Looks tokens up in ids that every executor holds. The generated code of a projection calls it
 * with the bytes of the tokens, where a function for users would get strings made of them.
 */
final class TokenLookup implements Function<ArrayData, ArrayData>, Serializable {
  private static final long serialVersionUID = 1;

  private final ArrayList<Broadcast<TokenTable>> ids;
  private transient TokenTable[] tables;
  private transient TokenRow tokens;

  /**
   * @param ids by place of the token; the last ones also hold for all places after it
   */
  TokenLookup(List<Broadcast<TokenTable>> ids) {
    this.ids = new ArrayList<>(ids);
  }

  /**
   * Sends tokens with their ids to every executor.
   *
   * @param vocabularies as {@link Vocabulary#read}
   * @param endIds by table, the id after that of the last token to send
   * @return by table
   */
  static Map<String, Broadcast<TokenTable>> send(
      Dataset<Row> vocabularies, Map<String, Integer> endIds) {
    Map<String, TokenTable> ids = new HashMap<>();
    Column sent = lit(false);
    for (var table : endIds.entrySet()) {
      ids.put(table.getKey(), new TokenTable());
      sent =
          sent.or(
              col(Vocabulary.TABLE)
                  .equalTo(lit(table.getKey()))
                  .and(col(Vocabulary.ID).lt(lit(table.getValue()))));
    }
    // Partition by partition: together, as rows, they would take several times their memory.
    vocabularies
        .where(sent)
        .select(Vocabulary.TABLE, Vocabulary.TOKEN, Vocabulary.ID)
        .toLocalIterator()
        .forEachRemaining(
            row -> {
              TokenTable table = ids.get(row.getString(0));
              UTF8String token = UTF8String.fromString(row.getString(1));
              table.set(table.findOrAdd(token, token.hashCode()), row.getInt(2));
            });
    JavaSparkContext context =
        JavaSparkContext.fromSparkContext(vocabularies.sparkSession().sparkContext());
    Map<String, Broadcast<TokenTable>> sentIds = new HashMap<>();
    ids.forEach((table, known) -> sentIds.put(table, context.broadcast(known)));
    return sentIds;
  }

  /** The ids of an array of tokens, in their order; for null and unknown tokens those of both. */
  Column idsOf(Column tokenArray) {
    List<Expression> arguments = List.of(tokenArray.expr());
    return new Column(
        new Invoke(
            // Generated code sees public types only.
            Literal.fromObject(this, new ObjectType(Function.class)),
            "apply",
            DataTypes.createArrayType(DataTypes.IntegerType, false),
            JavaConverters.asScalaBuffer(arguments).toList(),
            scala.collection.immutable.List$.MODULE$.empty(),
            true,
            false,
            true));
  }

  @Override
  public ArrayData apply(ArrayData array) {
    if (tables == null) {
      tables = ids.stream().map(Broadcast::value).toArray(TokenTable[]::new);
      tokens = new TokenRow();
    }
    int[] found = new int[array.numElements()];
    tokens.reset(found.length);
    for (int place = 0; place < found.length; place++) {
      if (!array.isNullAt(place)) {
        tokens.put(place, array.getUTF8String(place));
      }
    }
    tokens.fetch(tables);
    for (int place = 0; place < found.length; place++) {
      found[place] =
          tokens.has(place)
              ? id(tokens, place, tables[Math.min(place, tables.length - 1)])
              : FieldValues.MISSING_ID;
    }
    return UnsafeArrayData.fromPrimitiveArray(found);
  }

  /** The id of a token that a place has. */
  static int id(TokenRow tokens, int place, TokenTable table) {
    int entry = tokens.find(place, table);
    return entry == TokenTable.ABSENT ? FieldValues.UNKNOWN_ID : (int) table.value(entry);
  }
}
