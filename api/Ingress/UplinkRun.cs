namespace StepCloud.Api.Ingress;

/// <summary>A run of messages of one kind: read as a whole, and answered message by message.</summary>
internal sealed class UplinkRun<T> where T : class
{
    private readonly List<(int Message, ParsedMessage<T> Parsed)> _messages = [];

    /// <summary>The elements that could be read, of all messages, in their order.</summary>
    public List<T> Values { get; } = [];

    public static UplinkRun<T> Read(IReadOnlyList<UplinkMessage> messages, Range run, Func<UplinkMessage, ParsedMessage<T>> read)
    {
        UplinkRun<T> result = new();
        for (int i = run.Start.Value; i < run.End.Value; i++)
        {
            ParsedMessage<T> parsed = read(messages[i]);
            result._messages.Add((i, parsed));
            foreach (ParsedElement<T> element in parsed.Elements)
            {
                if (element.Value is { } value) result.Values.Add(value);
            }
        }

        return result;
    }

    /// <param name="outcomes">One for each of <see cref="Values"/>.</param>
    /// <param name="resultOf">What an outcome says of an element; its place and id are filled in here.</param>
    public void Answer<TOutcome>(UplinkAnswer?[] answers, IReadOnlyList<TOutcome> outcomes, Func<TOutcome, UplinkResult> resultOf)
    {
        int next = 0;
        foreach ((int message, ParsedMessage<T> parsed) in _messages)
        {
            List<UplinkResult> results = new(Math.Max(1, parsed.Elements.Count));
            if (parsed.WholeRefusal is { } whole) results.Add(new UplinkResult(0, null, UplinkResults.Refused, whole));
            for (int i = 0; i < parsed.Elements.Count; i++)
            {
                ParsedElement<T> element = parsed.Elements[i];
                UplinkResult result = element.Refusal is { } refusal
                    ? new UplinkResult(i, element.Id, UplinkResults.Refused, refusal)
                    : resultOf(outcomes[next++]);
                results.Add(result with { Index = i, Id = element.Id });
            }

            answers[message] = new UplinkAnswer(results);
        }
    }
}
