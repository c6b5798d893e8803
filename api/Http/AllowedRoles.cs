using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using StepCloud.Actors.Ports;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Api.Http;

/// <summary>The roles of an organization that a route of users is for, declared at the route. One without it is for all of them.</summary>
/// <remarks>
/// Asked before the route looks at anything, and by the roles that the database has now (<see cref="AccessTokenHandler"/>). So who lacks the
/// role gets one answer for every id, those of other organizations and those that nobody has included.
/// </remarks>
/// <param name="sentence">Whom it is for, as the answer tells everybody else.</param>
internal sealed class AllowedRoles(string sentence, params string[] roles) : IAuthorizationRequirementData
{
    public static readonly AllowedRoles Inviting = new("Owners invite.", Roles.Owner);

    public static readonly AllowedRoles ManagingMembers = new("Owners change who may come in.", Roles.Owner);

    public static readonly AllowedRoles SettingUpGateways = new("Owners and technicians set up gateways.", Roles.Owner, Roles.Technician);

    public static readonly AllowedRoles PairingGateways = new("Owners and technicians pair gateways.", Roles.Owner, Roles.Technician);

    public static readonly AllowedRoles SendingCommands = new("Owners and technicians send commands.", Roles.Owner, Roles.Technician);

    public static readonly AllowedRoles ManagingSites = new("Owners manage sites.", Roles.Owner);

    public static readonly AllowedRoles ManagingDevices = new("Owners and technicians manage gateways and devices.", Roles.Owner, Roles.Technician);

    public static readonly AllowedRoles ManagingRetention = new("Owners say how long things are kept.", Roles.Owner);

    public static readonly AllowedRoles ManagingAlarms = new("Owners say what raises an alarm, and who is told.", Roles.Owner);

    public static readonly AllowedRoles AcknowledgingAlarms = new("Owners and technicians acknowledge alarms.", Roles.Owner, Roles.Technician);

    public static readonly AllowedRoles DraftingBlueprints = new("Owners and technicians draft blueprints.", Roles.Owner, Roles.Technician);

    public static readonly AllowedRoles ApprovingBlueprints = new("Owners approve blueprints and take them out of use.", Roles.Owner);

    public static readonly AllowedRoles ManagingJobs = new("Owners and technicians manage jobs.", Roles.Owner, Roles.Technician);

    public static readonly AllowedRoles DecidingJobs = new("Owners decide of deviations, and release or reject jobs.", Roles.Owner);

    public static readonly AllowedRoles ManagingCases = new("Owners and technicians see and manage cases and their consents.", Roles.Owner, Roles.Technician);

    public static readonly AllowedRoles ErasingCases = new("Owners erase cases.", Roles.Owner);

    public static readonly AllowedRoles ManagingMaterials = new("Owners and technicians manage material lots.", Roles.Owner, Roles.Technician);

    public static readonly AllowedRoles ManagingCombinations = new("Owners say which combinations are validated.", Roles.Owner);

    public static readonly AllowedRoles ManagingMaintenance = new("Owners and technicians plan maintenance, and record it.", Roles.Owner, Roles.Technician);

    public static readonly AllowedRoles ManagingRecordings = new("Owners and technicians bring recordings.", Roles.Owner, Roles.Technician);

    public static readonly AllowedRoles DeletingRecordings = new("Owners destroy recordings.", Roles.Owner);

    public static readonly AllowedRoles SharingRecordings = new("Owners and technicians share recordings.", Roles.Owner, Roles.Technician);

    public static readonly AllowedRoles ReadingAudit = new("Owners and auditors read the audit.", Roles.Owner, Roles.Auditor);

    public string Sentence => sentence;

    /// <summary>One of them is enough.</summary>
    public IReadOnlyList<string> Any => roles;

    public IEnumerable<IAuthorizationRequirement> GetRequirements() => [new RolesAuthorizationRequirement(roles)];

    /// <summary>Whether it is for want of a role, and not of another kind of token, that the holder is refused.</summary>
    public bool Lacks(AccessToken? token) =>
        token is { HolderKind: HolderKind.User, Organization: not null } && !token.Roles.Intersect(roles, StringComparer.Ordinal).Any();
}
