using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Ids;

namespace StepCloud.Tests.Unit.Actors;

/// <summary>Commands in memory, and the way to a gateway that a test opens and closes.</summary>
internal sealed class MemoryCommands : ICommandStore, ICommandLink
{
    private readonly List<Entry> _entries = [];

    /// <summary>Whether the gateway takes what is sent.</summary>
    public bool IsListening { get; set; }

    public List<string> Sent { get; } = [];

    public Entry this[string name] => _entries.Single(entry => entry.Command.Name == name);

    public Task<bool> SendAsync(GatewayId gateway, GatewayCommand command, CancellationToken cancellationToken)
    {
        if (IsListening) Sent.Add(command.Name);
        return Task.FromResult(IsListening);
    }

    public Task<bool> AddAsync(GatewayRecord gateway, GatewayCommand command, AuditDoer by, CancellationToken cancellationToken)
    {
        if (_entries.Any(entry => entry.Command.Id == command.Id)) return Task.FromResult(false);
        _entries.Add(new Entry(command));
        return Task.FromResult(true);
    }

    public Task<int> CountOpenAsync(GatewayId gateway, DateTimeOffset now, CancellationToken cancellationToken) => Task.FromResult(Open(now).Count());

    public Task<IReadOnlyList<GatewayCommand>> ListQueuedAsync(GatewayId gateway, DateTimeOffset now, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<GatewayCommand>>([.. Open(now).Where(entry => !entry.IsSent && !entry.IsDelivered).Select(entry => entry.Command)]);

    public Task<IReadOnlyList<GatewayCommand>> ListUnansweredAsync(GatewayId gateway, DateTimeOffset now, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<GatewayCommand>>([.. Open(now).Select(entry => entry.Command)]);

    public Task MarkSentAsync(GatewayId gateway, IReadOnlyList<CommandId> commands, DateTimeOffset at, CancellationToken cancellationToken) =>
        Change(entry => commands.Contains(entry.Command.Id), entry => entry.IsSent = true);

    public Task MarkDeliveredAsync(GatewayId gateway, CommandId command, DateTimeOffset at, CancellationToken cancellationToken) =>
        Change(entry => entry.Command.Id == command, entry => entry.IsDelivered = true);

    public Task MarkLostAsync(GatewayId gateway, CommandId command, string problem, CancellationToken cancellationToken) =>
        Change(entry => entry.Command.Id == command && !entry.IsDelivered, entry => entry.IsSent = false);

    public Task MarkAllLostAsync(GatewayId gateway, CancellationToken cancellationToken) => Change(entry => !entry.IsDelivered, entry => entry.IsSent = false);

    public Task<IReadOnlyList<AnswerCommandOutcome>> AnswerAsync(
        GatewayId gateway, IReadOnlyList<CommandAnswer> answers, AuditDoer by, DateTimeOffset at, CancellationToken cancellationToken)
    {
        foreach (CommandAnswer answer in answers) _entries.Single(entry => entry.Command.Id == answer.Command).Answer ??= answer;
        return Task.FromResult<IReadOnlyList<AnswerCommandOutcome>>([.. answers.Select(_ => AnswerCommandOutcome.Stored.Instance)]);
    }

    private IEnumerable<Entry> Open(DateTimeOffset now) => _entries.Where(entry => entry.Answer is null && entry.Command.Deadline > now);

    private Task Change(Func<Entry, bool> which, Action<Entry> change)
    {
        foreach (Entry entry in _entries.Where(which)) change(entry);
        return Task.CompletedTask;
    }

    internal sealed class Entry(GatewayCommand command)
    {
        public GatewayCommand Command => command;

        public bool IsSent { get; set; }

        public bool IsDelivered { get; set; }

        public CommandAnswer? Answer { get; set; }
    }
}
