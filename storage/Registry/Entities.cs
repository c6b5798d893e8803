using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Registry;
using StepCloud.Storage.Cases;

namespace StepCloud.Storage.Registry;

/// <summary>Everything the registry knows of, in the order in which one needs the other.</summary>
public static class Entities
{
    internal const string OrganizationExample = "\"0198c0de-0000-7000-8000-000000000010\"";
    private const string SiteExample = "\"0198c0de-0000-7000-8000-000000000020\"";
    private const string GatewayExample = "\"0198c0de-0000-7000-8000-000000000030\"";

    public static readonly RegistryEntity Organization = new("organization", "organizations", "organization")
    {
        Organization = "t.id",
        Own =
        [
            Name("What it is called.", "Dental laboratory North"),
            Text("vat_id", "Its VAT identification number, with the country's letters.", "DE123456789") with { CharsMax = 20, Fault = FieldRules.VatId, Pattern = FieldRules.VatIdPattern, IsFilter = true },
            Text("plan", "What it has room for.", "standard") with { IsNullable = false, Choices = ["trial", "standard", "unlimited"], IsFilter = true },
            Text("case_reference", "What the references of its cases look like: `plain`, or a national health number whose check is held.", "nz_nhi") with
            {
                IsNullable = false, Choices = CaseReferences.Formats,
            },
        ],
        Administrators = RegistryVerbs.All & ~RegistryVerbs.Create,
        Users = RegistryVerbs.None,
        Archived = RegistryHooks.CloseOrganizationAsync,
    };

    public static readonly RegistryEntity Site = new("site", "sites", "site")
    {
        Organization = "t.organization_id",
        Own =
        [
            Reference("organization", "Whose it is.", Organization, OrganizationExample),
            Name("What it is called.", "Workshop"),
            Text("department", "A part of the organization.", "Production"),
            Text("address", "Where it is, in lines.", "Example Street 1, 24103 Kiel") with { CharsMax = 500, Fault = FieldRules.Lines, Pattern = FieldRules.LinesPattern },
            Text("time_zone", "The name of its time zone in the IANA's database.", "Europe/Berlin") with
            {
                IsNullable = false, CharsMax = 50, Fault = FieldRules.TimeZone,
            },
        ],
        Users = RegistryVerbs.All,
        Archived = RegistryHooks.RequireEmptySiteAsync,
    };

    public static readonly RegistryEntity User = new("user", "users", "app_user")
    {
        Organization = "t.organization_id",
        Own =
        [
            Reference("organization", "Whose he is; null for an administrator of the installation.", Organization, OrganizationExample) with
            {
                Write = FieldWrite.Never, IsRequired = false, IsNullable = true,
            },
            Text("email", "What he signs in with; null for somebody who comes in with access keys alone.", "ada@example.org") with
            {
                Write = FieldWrite.Never, IsFilter = true, IsSort = true, CharsMax = 254,
            },
            Name("What he is called.", "Ada Example") with { CharsMax = 100 },
            new("roles", FieldKind.Texts, "What he may do: `owner`, `technician`, `viewer`, `auditor`; `administrator` of the installation.")
            {
                IsFilter = true, Choices = ["administrator", "owner", "technician", "viewer", "auditor"], Example = "[\"technician\"]",
            },
            new("disabled_at", FieldKind.Time, "Since when he cannot sign in; null while he can.") { IsNullable = true, Example = "null" },
            new("second_factor", FieldKind.Flag, "Whether a sign-in needs a code.")
            {
                Select = "EXISTS (SELECT FROM second_factor WHERE user_id = t.id AND confirmed_at IS NOT NULL)", Example = "false",
            },
            new("email_verified_at", FieldKind.Time, "When he last showed that the address is his.") { IsNullable = true, Example = "null" },
        ],
        Administrators = RegistryVerbs.Read | RegistryVerbs.Patch,
        IsPersonal = true,
        Quota = QuotaKind.Users,
    };

    public static readonly RegistryEntity Gateway = new("gateway", "gateways", "gateway")
    {
        Organization = "t.organization_id",
        Joins = "JOIN site AS s ON s.id = t.site_id",
        Own =
        [
            Reference("site", "Where it stands. It is moved by a transfer.", Site, SiteExample),
            new("site_name", FieldKind.Text, "What the site is called.") { Select = "s.name", Example = "\"Workshop\"" },
            new("organization", FieldKind.Id, "Whose it is.") { Select = "t.organization_id", IsFilter = true, Example = OrganizationExample },
            Name("What it is called.", "Gateway in the cellar"),
            Text("serial", "Its serial number.", "GW-00042") with { IsFilter = true, IsSort = true },
            Text("software_version", "What it told of itself last.", "2.4.1") with { Write = FieldWrite.Never },
            Text("hardware_version", "What it told of itself last.", "rev-c") with { Write = FieldWrite.Never },
            new("unpaired_at", FieldKind.Time, "Since when it may not come in; null while it is paired.") { Select = "t.revoked_at", IsNullable = true, Example = "null" },
        ],
        Derived = new Dictionary<string, string>(StringComparer.Ordinal) { ["organization_id"] = "(SELECT organization_id FROM site WHERE id = {site})" },
        Quota = QuotaKind.Gateways,
        Users = RegistryVerbs.Read | RegistryVerbs.Patch | RegistryVerbs.Archive,
        Archived = RegistryHooks.UnpairGatewayAsync,
    };

    /// <summary>A gateway as it sees itself: what it alone knows is its own to tell, and nothing else.</summary>
    /// <remarks>Not one of <see cref="All"/>: it has a route of its own.</remarks>
    public static readonly RegistryEntity GatewayItself = Gateway with
    {
        Own =
        [
            .. Gateway.Own.Select(field => field with
            {
                Write = field.Name is "serial" or "software_version" or "hardware_version" ? FieldWrite.Always : FieldWrite.Never,
            }),
        ],
    };

    public static readonly RegistryEntity Manufacturer = new("manufacturer", "manufacturers", "manufacturer")
    {
        Own = [Name("What it is called.", "Asiga")],
        Unique = OneField("manufacturer_name_key", "name"),
        Users = RegistryVerbs.Read,
    };

    public static readonly RegistryEntity DeviceModel = new("device_model", "device-models", "device_model")
    {
        Joins = "LEFT JOIN manufacturer AS m ON m.id = t.manufacturer_id",
        // The catalogue is small: no index is missed.
        Search = "(t.search || coalesce(m.search, ''))",
        Own =
        [
            Reference("manufacturer", "Who makes it; null for what stands for any.", Manufacturer, "\"01980000-0000-7000-8000-000000000001\"") with
            {
                Write = FieldWrite.Always, IsRequired = false, IsNullable = true,
            },
            new("manufacturer_name", FieldKind.Text, "What the manufacturer is called.") { Select = "m.name", IsNullable = true, Example = "\"Asiga\"" },
            Name("What it is called.", "Asiga MAX UV385"),
            Text("kind", "What it does: `resin_printer`, `ultrasonic_washer`, `curing_unit`, `furnace`, `mill`, `energy_meter`, `other`.", "resin_printer") with
            {
                IsRequired = true, IsNullable = false, IsFilter = true, IsSort = true,
                Choices = DeviceKinds.All,
            },
            new("patterns", FieldKind.Texts, "What a device of the model tells of itself; `*` stands for any characters, and the longest that matches wins.")
            {
                Write = FieldWrite.Always, IsRequired = true, CharsMax = 100, CountMax = 50, Fault = FieldRules.Pattern, Example = "[\"*MAX UV385*\"]",
            },
            new("has_picture", FieldKind.Flag, "Whether there is a picture of it.")
            {
                Select = "t.picture_hash IS NOT NULL", Example = "false",
            },
        ],
        Unique = OneField("device_model_name_key", "name"),
        Users = RegistryVerbs.Read,
        BeforePatch = RegistryHooks.KeepTheLastResortAsync,
        Archived = RegistryHooks.KeepTheLastResortAsync,
    };

    public static readonly RegistryEntity Device = new("device", "devices", "device")
    {
        Organization = "t.organization_id",
        Joins = "JOIN site AS s ON s.id = t.site_id JOIN device_model AS m ON m.id = t.model_id",
        Own =
        [
            Reference("gateway", "The gateway that announced it last.", Gateway, GatewayExample),
            new("site", FieldKind.Id, "Where it stands.") { Select = "t.site_id", IsFilter = true, Example = SiteExample },
            new("site_name", FieldKind.Text, "What the site is called.") { Select = "s.name", Example = "\"Workshop\"" },
            new("organization", FieldKind.Id, "Whose it is.") { Select = "t.organization_id", IsFilter = true, Example = OrganizationExample },
            new("model", FieldKind.Text, "What the catalogue calls its model; `default` when it knows none.") { Select = "m.name", IsFilter = true, Example = "\"Asiga MAX UV385\"" },
            new("kind", FieldKind.Text, "What it does.") { Select = "m.kind", IsFilter = true, Example = "\"resin_printer\"" },
            Text("announced_model", "What the device told, word for word.", "Asiga MAX UV385") with
            {
                Select = "t.model", Column = "model", Write = FieldWrite.AtCreation, IsRequired = true, IsNullable = false,
            },
            Text("source", "What the shop's side calls it, the same for as long as it stands there.", "asiga-1") with
            {
                Write = FieldWrite.AtCreation, IsRequired = true, IsNullable = false, IsFilter = true,
            },
            Text("interface", "How the gateway speaks with it.", "asiga-http") with { Write = FieldWrite.AtCreation, IsRequired = true, IsNullable = false },
            Text("label", "What it is called: by a person, or else by its gateway. Null goes back to the gateway's.", "Printer by the window") with
            {
                Select = "coalesce(t.given_label, t.label)", Column = "given_label", IsNullable = false, IsResetByNull = true, IsSort = true,
            },
            Text("serial", "Its serial number.", "MX-1234") with { Write = FieldWrite.AtCreation, IsFilter = true, IsSort = true },
            Text("network_address", "Where its gateway reaches it.", "192.0.2.17") with { Write = FieldWrite.AtCreation },
            new("monitored", FieldKind.Flag, "False: its gateway need not collect what it does.")
            {
                Select = "t.is_monitored", Column = "is_monitored", Write = FieldWrite.Always, IsFilter = true, Example = "true",
            },
        ],
        Derived = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["site_id"] = "(SELECT site_id FROM gateway WHERE id = {gateway})",
            ["label"] = "{announced_model}",
        },
        Unique = OneField("device_site_id_source_key", "source"),
        Quota = QuotaKind.Devices,
        Users = RegistryVerbs.Read | RegistryVerbs.Patch | RegistryVerbs.Archive,
        BeforeCreate = RegistryHooks.MatchModelAsync,
    };

    public static readonly RegistryEntity AlarmRule = AlarmEntities.Rule();

    public static readonly RegistryEntity AlarmChannel = AlarmEntities.Channel();

    public static readonly RegistryEntity MaterialLot = WorkflowEntities.MaterialLot();

    public static readonly RegistryEntity ValidatedCombination = WorkflowEntities.ValidatedCombination();

    public static readonly RegistryEntity MaintenancePlan = WorkflowEntities.MaintenancePlan();

    public static readonly RegistryEntity Blueprint = BlueprintEntity.Blueprint();

    public static readonly IReadOnlyList<RegistryEntity> All =
    [
        Organization, Site, User, Gateway, Manufacturer, DeviceModel, Device, AlarmRule, AlarmChannel, MaterialLot, ValidatedCombination, MaintenancePlan, Blueprint,
    ];

    public static RegistryEntity Get(string name) => All.First(entity => entity.Name == name);

    internal static RegistryField Name(string description, string example) => Text("name", description, example) with
    {
        IsRequired = true, IsNullable = false, IsSort = true, IsFilter = true,
    };

    internal static RegistryField Text(string name, string description, string example) => new(name, FieldKind.Text, description)
    {
        Write = FieldWrite.Always, IsNullable = true, Fault = FieldRules.Line, Pattern = FieldRules.LinePattern, Example = $"\"{example}\"",
    };

    /// <summary>One of a few words, always given.</summary>
    internal static RegistryField Choice(string name, string description, string[] choices, string example) => Text(name, description, example) with
    {
        IsRequired = true, IsNullable = false, IsFilter = true, Fault = null, Pattern = null, Choices = choices,
    };

    /// <summary>The id of another thing, which is given once.</summary>
    internal static RegistryField Reference(string name, string description, RegistryEntity to, string example) => new(name, FieldKind.Id, description)
    {
        Select = $"t.{to.Name}_id", Column = $"{to.Name}_id", Reference = to.Name, Write = FieldWrite.AtCreation, IsRequired = true, IsFilter = true,
        Example = example,
    };

    internal static Dictionary<string, string> OneField(string constraint, string field) => new(StringComparer.Ordinal) { [constraint] = field };
}
